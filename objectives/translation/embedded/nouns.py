"""The nouns of the embedded corpus: classes that verbs select from, and what compounds with them.

An entry is `lemma gender plural english`: gender m, f, n, w (masculine of the n-declension) or
p (plural only); plural as in a dictionary (`"er` umlaut and -er, `-` unchanged, `!` none).
In English `man/men` is an irregular plural, `a|b` a free synonym, a final `*` plural only,
a final `~` not countable. `=lemma` refers to an earlier entry (`=lemma:english` to one of two
homonyms). A class lists its members from frequent to rare; `@name pool` opens one whose members
take adjectives from that pool, `+prep:english` after an entry is how one is at that place.
"""

CAPTION_NOUNS = """
@adult people
Mann m "er man/men; Frau f en woman/women; Person f en person/people; Dame f n lady;
Arbeiter m - worker; Tourist w en tourist; Mutter f " mother|mom; Vater m " father|dad;
Paar n e couple; Verkäufer m - vendor|seller; Polizist w en police officer|policeman/policemen;
Student w en student; Künstler m - artist; Musiker m - musician; Fußgänger m - pedestrian;
Soldat w en soldier; Teenager m - teenager; Koch m "e cook|chef;
Verkäuferin f nen saleswoman/saleswomen; Studentin f nen student; Künstlerin f nen artist;
Lehrer m - teacher; Lehrerin f nen teacher; Händler m - merchant; Radfahrer m - cyclist;
Kellner m - waiter; Köchin f nen cook; Bauer w n farmer;
Geschäftsmann m "er businessman/businessmen; Touristin f nen tourist;
Passant w en passer-by/passers-by; Kellnerin f nen waitress; Wanderer m - hiker;
Fischer m - fisherman/fishermen; Kunde w n customer; Feuerwehrmann m "er firefighter;
Ärztin f nen doctor; Arzt m "e doctor; Großmutter f " grandmother; Großvater m " grandfather;
Handwerker m - craftsman/craftsmen; Gärtner m - gardener;
Polizistin f nen policewoman/policewomen; Bäcker m - baker; Maler m - painter;
Besucher m - visitor; Nachbar w n neighbor; Fotograf w en photographer; Mechaniker m - mechanic;
Braut f "e bride; Mönch m e monk; Metzger m - butcher; Kundin f nen customer;
Rentner m - pensioner|retiree; Friseurin f nen hairdresser; Matrose w n sailor;
Bräutigam m e groom; Reporter m - reporter; Nonne f n nun; Bettler m - beggar;
Bäuerin f nen farmer; Schneider m - tailor; Pfarrer m - priest; Schmied m e blacksmith;
Förster m - ranger; Imker m - beekeeper; Glasbläser m - glassblower
@child young
Junge w n boy; Mädchen n - girl; Kind n er child/children|kid; Kleinkind n er toddler;
Schüler m - student|pupil; Schülerin f nen schoolgirl; Schulkind n er schoolchild/schoolchildren;
Pfadfinder m - boy scout
@infant young
Baby n s baby; Kleinkind n er toddler; Säugling m e infant
@athlete sporty
Spieler m - player; Läufer m - runner; Spielerin f nen player; Athlet w en athlete;
Skateboarder m - skateboarder; Surfer m - surfer; Schwimmer m - swimmer; Läuferin f nen runner;
Skifahrer m - skier; Kletterer m - climber; Torwart m e goalkeeper; Turnerin f nen gymnast;
Boxer m - boxer; Reiter m - rider; Schwimmerin f nen swimmer; Taucher m - diver;
Ringer m - wrestler; Snowboarder m - snowboarder; Trainer m - coach; Schiedsrichter m - referee;
Reiterin f nen rider; Fechter m - fencer; Ruderer m - rower; Athletin f nen athlete
@performer sporty
=Musiker; Sänger m - singer; Tänzerin f nen dancer; Sängerin f nen singer; Tänzer m - dancer;
Gitarrist w en guitarist; Schauspieler m - actor; Clown m s clown; Akrobat w en acrobat;
Zauberer m - magician; Geiger m - violinist; Trommler m - drummer; Dirigent w en conductor;
Jongleur m e juggler; Schauspielerin f nen actress; Pianistin f nen pianist; Redner m - speaker
@artisan people
=Arbeiter; =Koch; =Handwerker; =Köchin; =Bauer; =Gärtner; =Bäcker; =Mechaniker; =Maler; =Metzger;
=Schneider; =Schmied; =Imker; =Glasbläser; Tischler m - carpenter; Klempner m - plumber;
Elektriker m - electrician; Schweißer m - welder; Dachdecker m - roofer; Töpferin f nen potter
@crowd people
Mensch w en person/people; Freund m e friend; =Tourist; =Kind; =Mann; =Frau; =Student;
Zuschauer m - spectator; Leute p - people/people; =Junge; =Mädchen; =Soldat; =Schüler; =Arbeiter;
Bruder m " brother; Schwester f n sister; Zwilling m e twin; Demonstrant w en protester; =Tänzer;
=Musiker; =Radfahrer; =Läufer; Fan m s fan; =Wanderer; =Mönch; Pilger m - pilgrim;
Kollege w n colleague; Familie f n family; =Rentner
@kin kin
Sohn m "e son; Tochter f " daughter; Freund m e friend; =Mutter; Hund m e dog; =Vater;
Bruder m " brother; Freundin f nen friend; Schwester f n sister; Frau f en wife;
Mann m "er husband; Enkel m - grandson; =Großmutter; Enkelin f nen granddaughter;
Zwilling m e twin; Cousin m s cousin
@dog furry
Hund m e dog; Welpe w n puppy; Pudel m - poodle; Dackel m - dachshund; Windhund m e greyhound;
Schäferhund m e German shepherd; Terrier m - terrier; Labrador m e Labrador; Mops m "e pug
@animal furry
Katze f n cat; Pferd n e horse; Kuh f "e cow; Vogel m " bird; Schaf n e sheep/sheep;
Ziege f n goat; Affe w n monkey; Elefant w en elephant; Ente f n duck; Esel m - donkey;
Huhn n "er chicken; Kamel n e camel; Schwein n e pig; Hase w n rabbit|hare; Kätzchen n - kitten;
Bulle w n bull; Löwe w n lion; Möwe f n seagull; Gans f "e goose/geese; Taube f n pigeon;
Hahn m "e rooster; Tiger m - tiger; Bär w en bear; Hirsch m e deer/deer;
Eichhörnchen n - squirrel; Fuchs m "e fox; Wolf m "e wolf/wolves; Papagei w en parrot;
Schlange f n snake; Strauß m e ostrich; Eule f n owl; Pfau m en peacock; Lama n s llama;
Igel m - hedgehog; Otter m - otter; Pony n s pony
@top garment
Hemd n en shirt; T-Shirt n s T-shirt|tee shirt; Kleid n er dress; Jacke f n jacket;
Mantel m " coat; Anzug m "e suit; Pullover m - sweater|pullover; Oberteil n e top;
Rock m "e skirt; Weste f n vest; Uniform f en uniform; Bluse f n blouse; Kostüm n e costume;
Trikot n s jersey; Kapuzenpullover m - hoodie; Badeanzug m "e swimsuit|bathing suit;
Bikini m s bikini; Kittel m - smock; Schürze f n apron; Overall m s coverall;
Bademantel m " bathrobe; Umhang m "e cape; Robe f n robe; Poncho m s poncho; Smoking m s tuxedo;
Schlafanzug m "e pajamas*; Neoprenanzug m "e wetsuit; Tracht f en traditional costume;
Kimono m s kimono; Latzhose f n overalls*
@bottom garment
Hose f n pants*|trousers*; Jeans f - jeans*; Shorts p - shorts*; Badehose f n swimming trunks*;
Leggings p - leggings*
@wear garment
Hut m "e hat; Helm m e helmet; Mütze f n cap|beanie; Sonnenbrille f n sunglasses*;
Brille f n glasses*; Schal m s scarf/scarves; Kappe f n cap; Rucksack m "e backpack;
Krawatte f n tie; Kopftuch n "er headscarf/headscarves; Handschuh m e glove; Maske f n mask;
Schutzhelm m e hard hat; Stirnband n "er headband; Perücke f n wig; Turban m e turban;
Schwimmbrille f n goggles*; Halskette f n necklace; Gürtel m - belt; Kopfhörer p - headphones*;
Krone f n crown; Schleier m - veil; Fliege f n bow tie; Ohrring m e earring;
Strohhut m "e straw hat
@shoes garment
Schuh m e shoe; Stiefel m - boot; Sandale f n sandal; Turnschuh m e sneaker; Socke f n sock;
Hausschuh m e slipper; Gummistiefel m - rubber boot
@body plain
Bart m "e beard; Schnurrbart m "e mustache; Zopf m "e braid; Pferdeschwanz m "e ponytail;
Tattoo n s tattoo; Glatze f n bald head; Locke f n curl; Narbe f n scar
@carry thing
Tasche f n bag; Korb m "e basket; Kiste f n box; Rucksack m "e backpack; Schild n er sign;
Eimer m - bucket; Regenschirm m e umbrella; Koffer m - suitcase; Tablett n s tray;
Fahne f n flag; Leiter f n ladder; Handtasche f n purse; Brett n er board; Stapel m - stack;
Paket n e package; Surfbrett n er surfboard; Stuhl m "e chair; Sack m "e sack; Flagge f n flag;
Fackel f n torch; Kanister m - canister; Trage f n stretcher; Balken m - beam; Kranz m "e wreath
@hold thing
Ball m "e ball; Stock m "e stick; Kamera f s camera; Blume f n flower; Schild n er sign;
Seil n e rope; Glas n "er glass; Mikrofon n e microphone; Ballon m s balloon; Becher m - cup;
Buch n "er book; Flasche f n bottle; Handy n s cell phone|mobile phone; Spielzeug n e toy;
Tasse f n cup|mug; Zigarette f n cigarette; Messer n - knife/knives; Teller m - plate;
Strauß m "e bouquet; Hammer m " hammer; Karte f n map; Zeitung f en newspaper; Löffel m - spoon;
Puppe f n doll; Fernglas n "er pair of binoculars/pairs of binoculars; Schaufel f n shovel;
Besen m - broom; Laterne f n lantern; Schwert n er sword; Kerze f n candle; Gewehr n e rifle;
Zettel m - note; Schlüssel m - key; Gabel f n fork; Feder f n feather; Wunderkerze f n sparkler;
Angel f n fishing rod; Pinsel m - paintbrush; Teddybär w en teddy bear;
Taschenlampe f n flashlight; Muschel f n shell
@throw thing
Ball m "e ball; Stock m "e stick; Stein m e stone|rock; Frisbee n s frisbee;
Schneeball m "e snowball; Fußball m "e soccer ball; Bumerang m s boomerang; Speer m e javelin;
Tennisball m "e tennis ball; Reifen m - tire; Hufeisen n - horseshoe; Diskus m se discus/discuses
@instrument thing
Gitarre f n guitar; Trommel f n drum; Geige f n violin; Klavier n e piano; Trompete f n trumpet;
Flöte f n flute; Akkordeon n s accordion; Saxofon n e saxophone; Harfe f n harp;
Posaune f n trombone; Cello n s cello; Banjo n s banjo; Klarinette f n clarinet;
Mundharmonika f s harmonica; Keyboard n s keyboard; Dudelsack m "e bagpipes*;
Flügel m - grand piano; Orgel f n organ; Tuba f s tuba
@game none
Fußball m ! soccer; Basketball m ! basketball; Volleyball m ! volleyball; Tennis n ! tennis;
Karten p - cards*; Schach n ! chess; Golf n ! golf; Baseball m ! baseball;
Videospiele p - video games*; Rugby n ! rugby; Eishockey n ! ice hockey;
Tischtennis n ! table tennis; Handball m ! handball; Verstecken n ! hide and seek;
Billard n ! billiards; Badminton n ! badminton; Minigolf n ! miniature golf; Poker n ! poker;
Dame f ! checkers; Wasserball m ! water polo
@seat furniture
Bank f "e bench; Stuhl m "e chair; Sofa n s couch|sofa; Sessel m - armchair; Hocker m - stool;
Decke f n blanket; Treppe f n staircase; Mauer f n wall; Felsen m - rock; Baumstamm m "e log;
Teppich m e carpet|rug; Bett n en bed; Kissen n - cushion; Schaukel f n swing;
Handtuch n "er towel; Liegestuhl m "e deck chair; Bordstein m e curb; Barhocker m - bar stool;
Matratze f n mattress; Thron m e throne; Klappstuhl m "e folding chair; Hängematte f n hammock;
Kiste f n crate; Fensterbank f "e windowsill
@table furniture
Tisch m e table; Schreibtisch m e desk; Theke f n counter; Klavier n e piano; Feuer n - fire;
Lagerfeuer n - campfire; Computer m - computer; Grill m s grill; Nähmaschine f n sewing machine;
Staffelei f en easel; Werkbank f "e workbench; Spüle f n kitchen sink; Kamin m e fireplace;
Herd m e stove
@stand furniture
Leiter f n ladder; Bühne f n stage; Felsen m - rock; Podest n e pedestal; Balkon m e balcony;
Dach n "er roof; Gerüst n e scaffold; Mauer f n wall; Plattform f en platform; Hügel m - hill;
Stuhl m "e chair; Brücke f n bridge; Steg m e jetty|dock; Klippe f n cliff; Terrasse f n terrace;
Podium n Podien podium
@vehicle vehicle
Auto n s car; Fahrrad n "er bicycle|bike; Motorrad n "er motorcycle; Bus m se bus;
Zug m "e train; Lastwagen m - truck; Boot n e boat; Roller m - scooter; Traktor m en tractor;
Wagen m - cart|wagon; Taxi n s taxi|cab; Straßenbahn f en streetcar|tram; Lieferwagen m - van;
Kutsche f n carriage; Rennwagen m - race car; Krankenwagen m - ambulance; Jeep m s jeep;
Bagger m - excavator; Feuerwehrauto n s fire truck; Rikscha f s rickshaw; Wohnmobil n e camper;
Polizeiauto n s police car; Gabelstapler m - forklift
@float vehicle
Boot n e boat; Kanu n s canoe; Kajak n s kayak; Floß n "e raft; Schlauchboot n e inflatable boat;
Segelboot n e sailboat; Fähre f n ferry; Ruderboot n e rowboat; Gondel f n gondola;
Yacht f en yacht
@push thing
Kinderwagen m - stroller; Einkaufswagen m - shopping cart; Wagen m - cart; Fahrrad n "er bike;
Schubkarre f n wheelbarrow; Rollstuhl m "e wheelchair; Rasenmäher m - lawn mower;
Karren m - cart; Schlitten m - sled; Schaukel f n swing
@structure structure
Wand f "e wall; Brunnen m - fountain; Zaun m "e fence; Baum m "e tree; Statue f n statue;
Schaufenster n - shop window; Tor n e gate; Zelt n e tent; Tür f en door; Mauer f n wall;
Denkmal n "er monument; Wandgemälde n - mural; Automat w en vending machine; Fenster n - window;
Telefonzelle f n phone booth; Säule f n column; Litfaßsäule f n advertising column;
Spiegel m - mirror; Plakat n e poster; Bücherregal n e bookshelf/bookshelves;
Springbrunnen m - fountain; Schranke f n barrier; Container m - container
@building building
Gebäude n - building; Haus n "er house; Laden m " store|shop; Kirche f n church;
Restaurant n s restaurant; Bank f en bank; Hotel n s hotel; Schloss n "er castle;
Tempel m - temple; Museum n Museen museum; Scheune f n barn; Turm m "e tower;
Supermarkt m "e supermarket; Hütte f n hut|cabin; Bushaltestelle f n bus stop;
Leuchtturm m "e lighthouse; Kiosk m e newsstand; Palast m "e palace; Ruine f n ruin;
Kathedrale f n cathedral; Apotheke f n pharmacy; Wolkenkratzer m - skyscraper;
Windmühle f n windmill; Gericht n e courthouse; Bücherei f en library; Moschee f n mosque
@plant nature
Baum m "e tree; Busch m "e bush; Palme f n palm tree; Blume f n flower; Kiefer f n pine tree;
Hecke f n hedge; Eiche f n oak tree; Kaktus m Kakteen cactus/cacti; Rosenstrauch m "er rosebush;
Birke f n birch tree; Weide f n willow
@barrier nature
Zaun m "e fence; Hürde f n hurdle; Baumstamm m "e log; Hindernis n se obstacle;
Pfütze f n puddle; Mauer f n wall; Stange f n pole; Bach m "e stream; Geländer n - railing;
Graben m " ditch; Rampe f n ramp
@climb nature
Baum m "e tree; Felsen m - rock; Berg m e mountain; Mauer f n wall; Leiter f n ladder;
Zaun m "e fence; Klippe f n cliff; Kletterwand f "e climbing wall; Seil n e rope; Hügel m - hill;
Mast m en mast; Gletscher m - glacier
@path road
Straße f n street|road +auf:on; Weg m e path +auf:on; Gehweg m e sidewalk|pavement +auf:on;
Strand m "e beach +an:on; Gasse f n alley +in:in; Brücke f n bridge +auf:on;
Fluss m "e river +an:by; Feldweg m e dirt road +auf:on; Pfad m e trail +auf:on;
Ufer n - shore|bank +an:on; Promenade f n promenade +auf:on; Gleis n e railroad track +auf:on;
Flur m e hallway +in:in; Allee f n avenue +auf:on; Küste f n coast +an:on;
Autobahn f en highway +auf:on
@urban road
Straße f n street|road +auf:on; Stadt f "e city +in:in; Park m s park +in:in;
Gehweg m e sidewalk|pavement +auf:on; Markt m "e market +auf:at; Platz m "e square|plaza +auf:in;
Gasse f n alley +in:in; Spielplatz m "e playground +auf:on; Parkplatz m "e parking lot +auf:in;
Hof m "e courtyard|yard +in:in; Bahnhof m "e train station +an:at;
Kreuzung f en intersection +an:at; Straßenecke f n street corner +an:on;
Bahnsteig m e platform +auf:on; Dorf n "er village +in:in;
Baustelle f n construction site +auf:on; Innenstadt f "e downtown area +in:in;
Flohmarkt m "e flea market +auf:at; Hafen m " harbor +in:in; Jahrmarkt m "e fair +auf:at;
Fußgängerzone f n pedestrian zone +in:in; Tunnel m - tunnel +in:in;
Friedhof m "e cemetery +auf:in; Zoo m s zoo +in:at; Flughafen m " airport +an:at;
Tankstelle f n gas station +an:at; Schulhof m "e schoolyard +auf:in
@nature land
Park m s park +in:in; Wiese f n meadow +auf:in; Garten m " garden|yard +in:in;
Feld n er field +auf:in; Wald m "er forest +in:in; Gras n ! grass +in:in; Hügel m - hill +auf:on;
Rasen m - lawn +auf:on; Berg m e mountain +auf:on; Sand m ! sand +in:in; See m n lake +an:by;
Wüste f n desert +in:in; Weide f n pasture +auf:in; Tal n "er valley +in:in;
Bauernhof m "e farm +auf:on; Dschungel m - jungle +in:in; Sumpf m "e swamp +in:in;
Weinberg m e vineyard +in:in; Lichtung f en clearing +auf:in; Obstgarten m " orchard +in:in;
Schlucht f en canyon|gorge +in:in; Höhle f n cave +in:in
@water land
Strand m "e beach +an:on; See m n lake +an:by; Meer n e ocean|sea +an:by;
Fluss m "e river +an:by; Schwimmbad n "er swimming pool +in:in; Ufer n - shore +an:on;
Teich m e pond +an:by; Wasserfall m "e waterfall +an:at; Bucht f en bay +an:at;
Küste f n coast +an:on; See f ! sea +an:by
@wet land
Wasser n ! water +in:in; See m n lake +in:in; Meer n e ocean|sea +in:in; Fluss m "e river +in:in;
Schwimmbecken n - swimming pool +in:in; Teich m e pond +in:in; Bach m "e stream|creek +in:in;
Brunnen m - fountain +in:in; Wellen p - waves* +in:in; Planschbecken n - wading pool +in:in
@snow land
Schnee m ! snow +in:in; Berg m e mountain +auf:on; Hang m "e slope +an:on;
Piste f n ski slope +auf:on; Eis n ! ice +auf:on; Hügel m - hill +auf:on;
Gipfel m - summit +auf:on; Eisbahn f en ice rink +auf:on
@home inside
Küche f n kitchen +in:in; Zimmer n - room +in:in; Wohnzimmer n - living room +in:in;
Bett n en bed +in:in; Badezimmer n - bathroom +in:in; Balkon m e balcony +auf:on;
Garage f n garage +in:in; Schlafzimmer n - bedroom +in:in; Treppenhaus n "er stairwell +in:in;
Keller m - basement +in:in; Badewanne f n bathtub +in:in; Flur m e hallway +in:in;
Veranda f Veranden porch +auf:on; Kinderzimmer n - nursery +in:in; Dachboden m " attic +in:in
@public inside
Restaurant n s restaurant +in:in; Büro n s office +in:in; Laden m " store|shop +in:in;
Raum m "e room +in:in; Café n s café +in:in; Klassenzimmer n - classroom +in:in;
Halle f n hall +in:in; Bar f s bar +in:in; Zug m "e train +in:on; U-Bahn f en subway +in:on;
Museum n Museen museum +in:in; Bus m se bus +in:on; Bibliothek f en library +in:in;
Supermarkt m "e supermarket +in:in; Kirche f n church +in:in; Krankenhaus n "er hospital +in:in;
Bäckerei f en bakery +in:in; Schule f n school +in:at; Fabrik f en factory +in:in;
Labor n s laboratory|lab +in:in; Friseursalon m s hair salon +in:in;
Flugzeug n e airplane +in:on; Aufzug m "e elevator +in:in; Waschsalon m s laundromat +in:in;
Konferenzraum m "e conference room +in:in;
Einkaufszentrum n Einkaufszentren shopping mall +in:in; Atelier n s studio +in:in;
Kantine f n cafeteria +in:in; Wartezimmer n - waiting room +in:in; Kloster n " monastery +in:in;
Bank f en bank +in:in
@workplace inside
Küche f n kitchen +in:in; Werkstatt f "en workshop +in:in;
Baustelle f n construction site +auf:on; Fabrik f en factory +in:in; Garage f n garage +in:in;
Markt m "e market +auf:at; Feld n er field +auf:in; Straße f n street +auf:on;
Dach n "er roof +auf:on; Garten m " garden +in:in; Hof m "e yard +in:in;
Atelier n s studio +in:in; Labor n s laboratory +in:in; Gewächshaus n "er greenhouse +in:in;
Scheune f n barn +in:in; Bergwerk n e mine +in:in
@stage inside
Bühne f n stage +auf:on; Straße f n street +auf:on; Konzert n e concert +bei:at;
Park m s park +in:in; Bar f s bar +in:in; Festival n s festival +auf:at;
Platz m "e square +auf:in; Parade f n parade +bei:in; Fest n e festival|party +auf:at;
Studio n s studio +in:in; Kirche f n church +in:in; Hochzeit f en wedding +auf:at;
Theater n - theater +in:in; Stadion n Stadien stadium +in:in; Zirkus m se circus +in:at;
Gemeindehaus n "er community center +in:in; U-Bahn-Station f en subway station +in:in;
Club m s club +in:in
@sport land
Feld n er field +auf:on; Spiel n e game +bei:during; Stadion n Stadien stadium +in:in;
Strand m "e beach +an:on; Park m s park +in:in; Turnhalle f n gym +in:in;
Rennen n - race +bei:in; Sportplatz m "e sports field +auf:on; Halle f n hall +in:in;
Rasen m - lawn +auf:on; Hinterhof m "e backyard +in:in; Wettkampf m "e competition +bei:during;
Turnier n e tournament +bei:at; Straße f n street +auf:in; Rennbahn f en racetrack +auf:on;
Arena f Arenen arena +in:in; Training n s practice +bei:during
@food edible
Eis n ! ice cream; Apfel m " apple; Pizza f s pizza; Kuchen m - cake; Sandwich n s sandwich;
Essen n ! food; Banane f n banana; Brot n ! bread; Suppe f n soup; Obst n ! fruit;
Fleisch n ! meat; Wassermelone f n watermelon; Reis m ! rice; Burger m - burger; Salat m e salad;
Keks m e cookie; Zuckerwatte f ! cotton candy; Maiskolben m - ear of corn/ears of corn;
Nudeln p - noodles*; Orange f n orange; Birne f n pear; Brezel f n pretzel; Fisch m e fish/fish;
Schokolade f ! chocolate; Käse m ! cheese; Pfannkuchen m - pancake; Ei n er egg;
Müsli n ! cereal; Pommes p - French fries*; Traube f n grape; Gericht n e dish;
Erdbeere f n strawberry; Hotdog m s hot dog; Lutscher m - lollipop; Pilz m e mushroom;
Karotte f n carrot
@cookable edible
Fleisch n ! meat; Essen n ! food; Kuchen m - cake; Fisch m e fish/fish; Gemüse n ! vegetables*;
Suppe f n soup; Pizza f s pizza; Teig m ! dough; Brot n ! bread; Hähnchen n - chicken;
Zwiebel f n onion; Nudeln p - noodles*; Tomate f n tomato; Kartoffel f n potato;
Wurst f "e sausage; Pfannkuchen m - pancake; Gurke f n cucumber; Soße f n sauce;
Paprika f s bell pepper
@drink liquid
Wasser n ! water; Bier n ! beer; Kaffee m ! coffee; Wein m ! wine; Tee m ! tea; Milch f ! milk;
Limonade f ! lemonade; Saft m ! juice; Cola f ! cola; Kakao m ! cocoa; Sekt m ! sparkling wine;
Whisky m ! whiskey
@read plain
Buch n "er book; Zeitung f en newspaper; Zeitschrift f en magazine; Karte f n map;
Speisekarte f n menu; Brief m e letter; Schild n er sign; Comic m s comic book; Bibel f n Bible;
Gedicht n e poem; Broschüre f n brochure
@repair thing
Fahrrad n "er bicycle|bike; Auto n s car; Dach n "er roof; Maschine f n machine;
Motor m en engine; Zaun m "e fence; Schuh m e shoe; Uhr f en clock|watch; Reifen m - tire;
Fenster n - window; Netz n e net; Tür f en door; Lampe f n lamp; Straße f n road;
Computer m - computer; Rohr n e pipe; Schloss n "er lock; Radio n s radio; Kessel m - boiler
@clean thing
Fenster n - window; Auto n s car; Boden m " floor; Straße f n street; Tisch m e table;
Teller m - plate; Küche f n kitchen; Fisch m e fish/fish; Brille f n glasses*; Schuh m e shoe;
Topf m "e pot; Brunnen m - fountain; Käfig m e cage
@picture plain
Bild n er picture|painting; Porträt n s portrait; Landschaft f en landscape; Blume f n flower;
Plakat n e poster; Wandgemälde n - mural; Stillleben n - still life/still lifes;
Selbstporträt n s self-portrait
@paint structure
Wand f "e wall; Zaun m "e fence; Haus n "er house; Boot n e boat; Decke f n ceiling;
Tür f en door; Brücke f n bridge; Vase f n vase; Geländer n - railing; Garagentor n e garage door
@build thing
Sandburg f en sandcastle; Haus n "er house; Turm m "e tower; Schneemann m "er snowman/snowmen;
Mauer f n wall; Zelt n e tent; Zaun m "e fence; Brücke f n bridge; Regal n e shelf/shelves;
Boot n e boat; Floß n "e raft; Gerüst n e scaffold; Iglu n s igloo; Nest n er nest
@look nature
Bild n er picture; Baum m "e tree; Gemälde n - painting; Wasser n ! water; Bildschirm m e screen;
Schaufenster n - shop window; Himmel m - sky; Landschaft f en landscape; Statue f n statue;
Sonnenuntergang m "e sunset; Aussicht f en view; Karte f n map; Feuerwerk n e fireworks*;
Parade f n parade; Schiff n e ship; Vogel m " bird; Spielzeug n e toy; Wasserfall m "e waterfall;
Berg m e mountain; Tafel f n blackboard; Flugzeug n e airplane; Regenbogen m " rainbow;
Skulptur f en sculpture; Mond m e moon; Hubschrauber m - helicopter; Drachen m - kite;
Käfig m e cage; Aquarium n Aquarien aquarium; Krokodil n e crocodile
@toy thing
Ball m "e ball; Spielzeug n e toy; Stock m "e stick; Puppe f n doll; Seil n e rope;
Schlauch m "e hose; Bauklotz m "e building block; Reifen m - hoop; Luftballon m s balloon;
Spielzeugauto n s toy car; Drachen m - kite; Murmel f n marble; Frisbee n s frisbee;
Eimer m - bucket; Kreisel m - spinning top; Marionette f n puppet
@tool thing
Hammer m " hammer; Säge f n saw; Schaufel f n shovel; Maschine f n machine; Bohrer m - drill;
Werkzeug n e tool; Messer n - knife/knives; Besen m - broom; Axt f "e axe; Pinsel m - paintbrush;
Seil n e rope; Kettensäge f n chainsaw; Schraubenschlüssel m - wrench; Rechen m - rake;
Zange f n pair of pliers/pairs of pliers
@material plain
Holz n ! wood; Stein m e stone; Metall n ! metal; Papier n ! paper; Stoff m e fabric~;
Blech n ! sheet metal; Glas n ! glass; Ton m ! clay; Leder n ! leather; Wolle f ! wool
@crop plain
Holz n ! wood; Laub n ! leaves*; Schnee m ! snow; Sand m ! sand; Müll m ! trash|garbage;
Heu n ! hay; Erde f ! dirt|soil; Getreide n ! grain; Schutt m ! rubble
@goods plain
Obst n ! fruit; Gemüse n ! vegetables*; Blume f n flower; Fisch m e fish/fish;
Schmuck m ! jewelry; Kleidung f ! clothing; Hut m "e hat; Gewürz n e spice; Ballon m s balloon;
Teppich m e carpet|rug; Luftballon m s balloon; Zeitung f en newspaper; Korb m "e basket;
Kürbis m se pumpkin; Kunstwerk n e artwork; Souvenir n s souvenir; Honig m ! honey;
Töpferware f n pottery~
@pick plain
Apfel m " apple; Blume f n flower; Beere f n berry; Muschel f n shell; Pilz m e mushroom;
Kirsche f n cherry; Nuss f "e nut; Baumwolle f ! cotton; Erdbeere f n strawberry;
Traube f n grape; Olive f n olive; Blatt n "er leaf/leaves
@show plain
Trick m s trick; Sprung m "e jump; Salto m s somersault|flip; Tanz m "e dance;
Kunststück n e stunt|trick; Handstand m "e handstand; Lied n er song; Rad n "er cartwheel;
Zaubertrick m s magic trick
@weather plain
Regen m ! rain; Sonne f ! sun; Dunkelheit f ! dark; Schatten m ! shade; Nebel m ! fog;
Schnee m ! snow; Wind m ! wind
@day daily
Tag m e day; Morgen m - morning; Nachmittag m e afternoon; Abend m e evening
@team plain
Mannschaft f en team; Team n s team; Klasse f n class; Band f s band; Chor m "e choir;
Kapelle f n brass band; Gruppe f n group
@queue plain
Schlange f n line|queue; Reihe f n row; Kreis m e circle
@window structure
Fenster n - window; Tür f en door; Zaun m "e fence; Loch n "er hole; Vorhang m "e curtain;
Gitter n - grating; Spiegel m - mirror
@open thing
Flasche f n bottle; Tür f en door; Geschenk n e present|gift; Fenster n - window; Dose f n can;
Schloss n "er lock; Brief m e letter; Koffer m - suitcase; Kofferraum m "e trunk; Kiste f n box
@switch thing
Lampe f n lamp; Fernseher m - television|TV; Radio n s radio; Computer m - computer;
Maschine f n machine; Motor m en engine; Ventilator m en fan
@mouth thing
Stock m "e stick; Ball m "e ball; Knochen m - bone; Frisbee n s frisbee; Ast m "e branch;
Schuh m e shoe; Zeitung f en newspaper; Tennisball m "e tennis ball; Fisch m e fish/fish;
Maus f "e mouse/mice
"""

# The first part of a compound, with its linking element, and its English; then its heads.
COMPOUNDS = """
Holz wooden, Metall metal, Stein stone, Plastik plastic, Garten garden, Eisen iron, Beton concrete, Marmor marble, Glas glass, Bambus bamboo, Park park
: Bank:bench Tisch Statue Hütte Treppe Zaun Tor:gate Tür Turm Podest Stuhl Brücke Hocker
Holz wooden, Plastik plastic, Metall metal, Papp cardboard, Blech tin, Stroh straw, Glas glass, Porzellan china
: Kiste Eimer Korb Löffel Schild Schwert Teller Becher Flasche Brett Puppe Schaufel Tablett Kanister
Leder leather, Woll wool, Winter winter, Arbeits work, Sommer summer, Pelz fur, Trainings training, Strick knitted, Regen rain
: Jacke Hose Rock:skirt Mantel Schuh Mütze Hut Handschuh Weste Schal Pullover Stiefel Kappe
Sommer summer, Seiden silk, Baumwoll cotton, Leinen linen, Spitzen lace, Samt velvet, Hochzeits wedding, Abend evening, Strand beach, Tanz dance, Jeans denim
: Kleid Bluse Hemd
Piraten pirate, Drachen dragon, Hexen witch, Clowns clown, Tier animal, Hasen bunny, Superhelden superhero, Prinzessinnen princess, Geister ghost, Bären bear, Halloween Halloween
: Kostüm Maske
Straßen street, Jazz jazz, Rock rock, Orchester orchestra, Opern opera, Blues blues, Militär military, Wander traveling
: Musiker Sänger Sängerin Trommler Geiger Gitarrist
Straßen street, Graffiti graffiti, Zirkus circus, Tattoo tattoo
: Künstler Künstlerin
Fußball soccer, Tennis tennis, Basketball basketball, Volleyball volleyball, Baseball baseball, Hockey hockey, Football football, Golf golf, Rugby rugby, Handball handball, Schach chess, Badminton badminton, Cricket cricket
: Spieler Spielerin Trainer Spiel Mannschaft Fan Turnier
Fußball soccer, Baseball baseball, Football football, Hockey hockey, Rugby rugby
: Stadion Feld
Marathon marathon, Langstrecken long-distance, Hürden hurdle
: Läufer Läuferin
Bau construction, Fabrik factory, Straßen road, Land farm, Hafen dock, Lager warehouse, Stahl steel, Saison seasonal, Gleis track, Metall metal, Berg mine
: Arbeiter
Gemüse vegetable, Blumen flower, Obst fruit, Fisch fish, Straßen street, Eis ice cream, Zeitungs newspaper, Gewürz spice, Teppich carpet, Souvenir souvenir, Ballon balloon, Antiquitäten antique
: Verkäufer Verkäuferin Händler
Gemüse vegetable, Blumen flower, Fisch fish, Bauern farmers', Weihnachts Christmas, Straßen street, Vieh cattle, Gewürz spice
: Markt
Gemüse vegetable, Blumen flower, Buch book, Spielzeug toy, Süßwaren candy, Antiquitäten antique, Souvenir souvenir, Schuh shoe, Eck corner
: Laden
Musik music, Kunst art, Tanz dance, Sport gym, Yoga yoga, Schwimm swimming, Gitarren guitar, Grundschul elementary school
: Lehrer Lehrerin
Hotel hotel, Fisch fish, Dach rooftop, Straßen street, Strand beach, Bahnhofs station, Hafen harbor
: Restaurant Café Bar
Küchen kitchen, Kirchen church, Laden store, Klassenzimmer classroom, Hotel hotel, Dach attic
: Fenster Tür Boden
Küchen kitchen, Ess dining, Büro office, Camping camping, Klapp folding, Arbeits work
: Tisch Stuhl
Haupt main, Seiten side, Dorf village, Einkaufs shopping, Schotter gravel, Hafen harbor, Küsten coastal, Wohn residential, Land country
: Straße
Wald forest, Garten garden, Kies gravel, Ufer shore, Küsten coastal, Berg mountain, Wander hiking, Park park
: Weg Pfad
Markt market, Dorf village, Kirch church, Bahnhofs station, Rathaus city hall
: Platz
Polizei police, Elektro electric, Sport sports, Familien family, Miet rental
: Auto
Schul school, Reise tour, Stadt city, Doppeldecker double-decker
: Bus
Motor motor, Rettungs rescue, Fischer fishing, Haus house, Gummi rubber, Holz wooden, Ausflugs excursion
: Boot
Holz wooden, Heu hay, Eis ice cream, Post mail, Hand hand, Fest parade
: Wagen
Renn racing, Wild wild, Zirkus circus, Polizei police, Reit riding, Kutsch carriage
: Pferd
Polizei police, Jagd hunting, Hüte herding, Schlitten sled, Straßen stray, Hof farm, Schoß lap, Wach guard, Rettungs rescue
: Hund
Apfel apple, Käse cheese, Schokoladen chocolate, Erdbeer strawberry, Pflaumen plum, Zitronen lemon, Nuss nut, Geburtstags birthday
: Kuchen
Kartoffel potato, Tomaten tomato, Zwiebel onion, Kürbis pumpkin, Nudel noodle, Fisch fish, Linsen lentil
: Suppe Salat
Käse cheese, Schinken ham, Thunfisch tuna, Hähnchen chicken
: Sandwich Pizza
Orangen orange, Apfel apple, Trauben grape, Tomaten tomato, Kirsch cherry
: Saft
Pfefferminz peppermint, Kamillen chamomile, Kräuter herbal, Eis iced
: Tee
Kirch church, Glocken bell, Wasser water, Wach watch, Fernseh television, Aussichts observation, Schloss castle
: Turm
Bauern farm, Wohn apartment, Baum tree, Gast guest, Ferien vacation, Reihen row, Herren manor
: Haus
Einkaufs shopping, Sport sports, Papier paper, Plastik plastic, Leder leather, Stoff cloth, Schul school, Umhänge shoulder, Werkzeug tool
: Tasche
Einkaufs shopping, Picknick picnic, Wäsche laundry, Blumen flower, Weiden wicker, Obst fruit
: Korb
Werkzeug tool, Gitarren guitar, Leder leather, Metall metal
: Koffer
Film film, Unterwasser underwater, Digital digital, Fernseh television, Video video, Sofortbild instant
: Kamera
Papier paper, Wiesen meadow, Garten garden, Frühlings spring, Seiden silk
: Blume
Rosen rose, Tulpen tulip, Braut bridal, Blumen flower
: Strauß:bouquet
Strand beach, Medizin medicine, Golf golf, Gummi rubber, Tennis tennis, Kricket cricket, Rugby rugby, Schaumstoff foam
: Ball
Weihnachts Christmas, Apfel apple, Kirsch cherry, Oliven olive, Kastanien chestnut, Zitronen lemon, Laub deciduous
: Baum
Sommer summer, Straßen street, Musik music, Stadt city, Dorf village, Frühlings spring, Wein wine, Kinder children's, Herbst fall, Ernte harvest
: Fest Festival Parade
Spielzeug toy, Plüsch plush, Papier paper, Holz wooden, Gips plaster, Porzellan china
: Elefant Bär Löwe Hase Schwert Vogel Krone
Kinder children's, Schul school, Bilder picture, Koch cook, Märchen fairy-tale, Lehr text, Tage day, Gesang hymn, Mal coloring, Telefon phone, Notiz note, Gäste guest
: Buch
Damen ladies', Herren men's, Kinder children's, Renn racing, Gelände off-road, Leih rental, Klapp folding, Post mail, Lasten cargo
: Fahrrad Schuh Motorrad
Riesen giant, Mini miniature, Familien family, Party party, Festtags holiday, Grill barbecue, Silvester New Year's, Kirmes carnival
: Pizza Ballon Kuchen Brezel Salat Teller Hut Zelt Fest
Tisch table, Wand wall, Decken ceiling, Stand standing, Küchen kitchen, Taschen pocket, Turm tower, Bahnhofs station
: Uhr Lampe Ventilator Spiegel
Berg mountain, Wald forest, Dorf village, See lake, Küsten coastal, Wüsten desert, Insel island, Fischer fishing, Garten garden
: Hütte Dorf Hotel Kirche Restaurant Landschaft
Schaf sheep, Ziegen goat, Fisch fish, Gemüse vegetable, Kaffee coffee, Vieh cattle, Reis rice, Baumwoll cotton, Tee tea, Wein wine
: Bauer Bäuerin Händler
Vor front, Hinter back, Seiten side, Balkon balcony, Keller basement, Garagen garage, Gitter barred, Schiebe sliding, Dreh revolving, Zimmer room
: Tür
Pizza pizza, Hotel hotel, Schiffs ship's, Sushi sushi, Chef head, Fernseh television, Kantinen cafeteria, Hobby hobby
: Koch Köchin
Land country, Stadt town, Kinder children's, Haus house, Augen eye, Tier animal, Not emergency
: Arzt Ärztin
Natur nature, Hochzeits wedding, Tier animal, Mode fashion, Presse press, Sport sports, Straßen street
: Fotograf
Kostüm costume, Volks folk, Ballett ballet, Bauch belly, Salsa salsa, Feuer fire, Ausdrucks interpretive, Tempel temple, Stepp tap, Solo solo
: Tänzer Tänzerin Akrobat
Frei free, Eis ice, Berg mountain, Sport sports, Fassaden facade
: Kletterer
Amateur amateur, Profi professional, Schwergewichts heavyweight, Nachwuchs junior, Olympia Olympic, Hallen indoor
: Boxer Ringer Schwimmer Schwimmerin Athlet Läufer
Elektro electric, Bass bass, Konzert concert, Kinder children's, Spiel toy, Blech tin
: Gitarre Trommel Flöte
Bambus bamboo, Gras grass, Mais corn, Weizen wheat, Reis rice, Sonnenblumen sunflower, Kartoffel potato, Mohn poppy, Lavendel lavender, Kohl cabbage
: Feld:field
Kiefern pine, Buchen beech, Regen rain, Birken birch, Eichen oak, Nadel coniferous, Märchen fairy-tale, Stadt city, Winter winter
: Wald
Stadt city, Spiel play, Schloss castle, Freizeit amusement, Skate skate, Natur nature, Wasser water, National national
: Park
Gemüse vegetable, Blumen flower, Schloss castle, Stein rock, Kloster monastery, Rosen rose, Bier beer, Vor front, Kräuter herb, Palmen palm
: Garten:garden
Musik music, Schlaf sleeping, Bade bathing, Spiel play, Ess dining, Warte waiting, Tanz dance, Näh sewing, Hotel hotel
: Zimmer Raum Halle
Fahrrad bicycle, Ski ski, Motorrad motorcycle, Reit riding, Bau construction, Football football, Piloten pilot's, Sturz crash
: Helm
Sonnen sun, Baseball baseball, Woll wool, Pudel bobble, Nikolaus Santa, Pelz fur, Bade bathing, Zipfel pointed, Koch cook's, Schirm peaked
: Mütze Hut
Eishockey hockey, Fußball soccer, Krankenschwestern nurse, Polizei police, Schul school, Matrosen sailor, Militär military, Kampfsport martial arts, Karate karate, Feuerwehr firefighter
: Uniform Trikot Anzug
Warn warning, Verkehrs traffic, Straßen street, Protest protest, Papp cardboard, Stopp stop, Holz wooden, Werbe advertising, Neon neon
: Schild
Nudel noodle, Fleisch meat, Fisch fish, Reis rice, Gemüse vegetable, Pilz mushroom, Hähnchen chicken, Kartoffel potato
: Gericht:dish Suppe Salat
Berg mountain, Bade swimming, Stau artificial, Wald forest
: See:lake
"""
