"""Adjectives, numerals, names and the irregular verbs of the embedded corpus.

An adjective pool has two tiers, of which a noun phrase takes at most one word each, in this order;
`stem=english|synonym`, `stem>attributive=...` where the stem changes, `stem!=...` where it never
inflects.
"""

ADJECTIVE_POOLS = """
people 0.38 0
+ Dorf village, Hobby hobby, Stadt city, Chef head, Hotel hotel, Aushilfs temporary, Gast guest, Kriegs war, Profi professional, Hafen harbor, Amateur amateur, Bahnhofs station, Klinik clinic, Schul school
jung=young; alt=old|elderly; älter=older|elderly; klein=short; blond=blond; groß=tall;
asiatisch=Asian; bärtig^=bearded; lächelnd=smiling; dunkelhaarig=dark-haired; glatzköpfig^=bald;
müde=tired; elegant=elegant|well-dressed; fröhlich=cheerful|happy; kräftig=stocky;
rothaarig=red-haired; muskulös=muscular; schlank=slim; grauhaarig=gray-haired;
tätowiert=tattooed; barfüßig=barefoot; ernst=serious; braungebrannt=tanned;
übergewichtig=overweight; afrikanisch=African; sitzend=seated; neugierig=curious;
obdachlos=homeless; maskiert=masked; langhaarig=long-haired; betrunken=drunk; indisch=Indian;
verschwitzt=sweaty; einsam=lonely; schläfrig=sleepy; kostümiert=costumed
young 0.42 0
klein=little|young; blond=blond; lachend=laughing; lächelnd=smiling; süß=cute;
dunkelhaarig=dark-haired; fröhlich=happy; barfüßig=barefoot; müde=tired; asiatisch=Asian;
neugierig=curious; rothaarig=red-haired; schüchtern=shy; weinend=crying; nass=wet;
schlafend=sleeping; aufgeregt=excited; schmutzig=dirty; lockig=curly-haired; frech=cheeky;
verkleidet=dressed-up; blondgelockt=blond curly-haired
sporty 0.25 0
+ Profi professional, Amateur amateur, Hobby hobby, Nachwuchs junior, Star star, National national, Vereins club, Turnier tournament, Freizeit recreational, Schul school, Zirkus circus, Gast guest, Marathon marathon, Senioren senior, Olympia Olympic, Stadt city
jung=young; blond=blond; bekannt=famous; bärtig^=bearded; muskulös=muscular; schlank=slim;
erfahren=experienced; maskiert=masked; konzentriert=focused; geschickt=skillful;
begeistert=enthusiastic; talentiert=talented; verletzt=injured; barfüßig=barefoot
furry 0.38 0.45
+ Haus house, Zoo zoo, Riesen giant, Bauernhof farm, Zwerg dwarf, Zirkus circus, Wald forest, Berg mountain, Zucht breeding, Wüsten desert, Nachbars neighbor's, Jung young
groß=large|big; klein=small|little; jung=young; nass=wet; alt=old; dick=fat; zottelig=shaggy;
schlafend=sleeping; hungrig=hungry; süß=cute; wild=wild; neugierig=curious; mager=skinny;
langhaarig=long-haired; durchnässt=soaked; faul=lazy; angeleint=leashed; niedlich=adorable;
struppig=scruffy
/ braun=brown; schwarz=black; weiß=white; grau=gray; gelb=yellow; gefleckt=spotted; beige!=beige;
hellbraun=light brown|tan; dunkelbraun=dark brown; gestreift=striped; rötlich=reddish;
zimtfarben=cinnamon-colored
garment 0.12 0.72
+ Designer designer, Kinder children's, Lieblings favorite, Party party, Urlaubs vacation, Schul school, Vereins club, Sonntags Sunday, Flanell flannel, Kaschmir cashmere, Fleece fleece, Damen ladies', Herren men's, Frühlings spring, Theater theater, Karnevals carnival, Fan fan, Marken brand-name, Filz felt, Cord corduroy, Wander hiking, Freizeit casual, Mönchs monk's, Papier paper, Matrosen sailor, Jagd hunting, Feuerwehr firefighter, Cowboy cowboy, Weihnachts Christmas, Reiter rider's
lang=long; kurz=short; dick=thick; neu=new; alt=old; eng=tight; weit=loose; elegant=elegant;
schmutzig=dirty; traditionell=traditional; warm=warm; hübsch=pretty; zerrissen=torn;
teuer>teur=expensive; glänzend=shiny; leicht=light; ärmellos=sleeveless;
altmodisch=old-fashioned; passend=matching
/ rot=red; blau=blue; weiß=white; schwarz=black; grün=green; gelb=yellow; grau=gray; braun=brown;
rosa!=pink; orange!=orange; gestreift=striped; lila!=purple; kariert=plaid|checkered;
hellblau=light blue; dunkelblau=dark blue|navy; bunt=colorful; beige!=beige; geblümt=floral;
hellgrün=light green; dunkelgrün=dark green; türkisfarben=turquoise; blau-weiß=blue and white;
rot-weiß=red and white; gepunktet=polka-dot; schwarz-weiß=black and white; khakifarben=khaki;
violett=violet; neongelb=neon yellow; gemustert=patterned; silbern=silver; hellbraun=light brown;
golden=gold; dunkelrot=dark red; neongrün=neon green; weinrot=burgundy;
cremefarben=cream-colored; dunkelgrau=dark gray; grün-weiß=green and white; senffarben=mustard;
lachsfarben=salmon-colored; rot-schwarz=red and black; gelb-schwarz=yellow and black;
blau-gelb=blue and yellow; grün-gelb=green and yellow; rot-blau=red and blue;
dunkelbraun=dark brown; hellgrau=light gray; hellgelb=light yellow; braun-weiß=brown and white;
grau-weiß=gray and white; schwarz-rot=black and red; blau-rot=blue and red; olivgrün=olive green;
himmelblau=sky blue; königsblau=royal blue; smaragdgrün=emerald green; blassrosa!=pale pink;
kirschrot=cherry red; elfenbeinfarben=ivory; neonorange!=neon orange; lavendelfarben=lavender;
marineblau=navy blue; rostrot=rust-red; zitronengelb=lemon yellow; taubenblau=dusty blue;
kupferfarben=copper-colored; pfirsichfarben=peach-colored; zebragestreift=zebra-striped;
mintgrün=mint green; grasgrün=grass green; tiefschwarz=jet black; schneeweiß=snow white
thing 0.22 0.3
+ Riesen giant, Mini miniature, Spielzeug toy, Kinder children's, Papier paper, Metall metal, Lieblings favorite, Ersatz spare, Museums museum, Urlaubs vacation, Geburtstags birthday, Party party, Dekorations decorative, Zirkus circus, Theater theater, Designer designer, Flohmarkt flea market, Werbe promotional, Schul school, Garten garden, Camping camping, Vereins club, Marken brand-name, Bastel craft, Zauber magic, Reise travel
groß=large|big; klein=small; alt=old; lang=long; schwer=heavy; riesig=huge|giant; neu=new;
bunt=colorful; leer=empty; kaputt=broken; schmutzig=dirty; winzig=tiny; glänzend=shiny;
rostig=rusty; seltsam=strange; dünn=thin; voll=full; modern=modern; nass=wet;
handgemacht=handmade; spitz=pointed; zerbrochen=shattered; verziert=decorated;
aufblasbar=inflatable
/ rot=red; blau=blue; weiß=white; schwarz=black; gelb=yellow; grün=green; braun=brown; grau=gray;
orange!=orange; rosa!=pink; silbern=silver; rund=round; lila!=purple; golden=golden;
rechteckig=rectangular; gestreift=striped; leuchtend=glowing; dunkelgrün=dark green;
durchsichtig=transparent; herzförmig=heart-shaped; mehrfarbig=multicolored; dreieckig=triangular
furniture 0.18 0.15
+ Kinder children's, Designer designer, Plüsch plush, Holz wooden, Stein stone, Mini miniature, Flohmarkt flea market, Hotel hotel, Familien family, Krankenhaus hospital, Museums museum, Puppen doll's, Leder leather, Bambus bamboo, Garten garden, Theater theater, Kirchen church, Metall metal
groß=large|big; klein=small; alt=old; bequem=comfortable; hoch>hoh=high; niedrig=low; leer=empty;
weich=soft; schmal=narrow; umgestürzt=fallen; lang=long; wackelig=rickety; gepolstert=padded;
einfach=simple; gemütlich=cozy
/ rot=red; braun=brown; weiß=white; grün=green; blau=blue; grau=gray; schwarz=black; rund=round;
gelb=yellow; kariert=checkered; beige!=beige; orange!=orange
vehicle 0.22 0.42
+ Spielzeug toy, Familien family, Militär military, Miet rental, Elektro electric, Firmen company, Museums museum, Kinder children's, Luxus luxury, Forschungs research, Touristen tourist, Vereins club, Last freight, Lieblings favorite, Schrott scrap, Zirkus circus
alt=old; groß=large|big; klein=small; neu=new; geparkt=parked; schnell=fast; leer=empty;
beladen=loaded; kaputt=broken-down; schmutzig=dirty; überfüllt=overcrowded; offen=open;
modern=modern; rostig=rusty; voll=full; geschmückt=decorated; verlassen=abandoned;
teuer>teur=expensive
/ rot=red; weiß=white; blau=blue; gelb=yellow; schwarz=black; grün=green; grau=gray;
silbern=silver; orange!=orange; braun=brown; rosa!=pink; bunt=colorful; dunkelblau=dark blue;
rostbraun=rust-colored
building 0.28 0.2
+ Stadt city, Dorf village, Backstein brick, Hafen harbor, Beton concrete, Luxus luxury, Gebirgs mountain, Universitäts university, Mini miniature, Vorstadt suburban, Fabrik factory, Regierungs government, Familien family, Strand beach, Barock baroque
groß=large|big; alt=old; hoch>hoh=tall; klein=small; modern=modern; verlassen=abandoned;
berühmt=famous; riesig=huge; bemalt=painted; verfallen=dilapidated; historisch=historic;
leer=empty; prächtig=magnificent; geschlossen=closed; beleuchtet=illuminated; baufällig=crumbling
/ weiß=white; rot=red; grau=gray; gelb=yellow; braun=brown; blau=blue; grün=green; rosa!=pink;
hölzern=wooden; steinern=stone; bunt=colorful; schwarz=black
nature 0.3 0.08
groß=large|big; hoch>hoh=tall; alt=old; klein=small; riesig=huge; steil=steep; schön=beautiful;
kahl=bare; blühend=blooming; moosbedeckt=moss-covered; umgestürzt=fallen; vereist=icy
/ grün=green; grau=gray; bunt=colorful; rot=red; weiß=white
road 0.32 0
+ Klein small, Wohn residential, Hafen harbor, Dorf village, Haupt main, Touristen tourist, Altstadt old town, Vorstadt suburban, Industrie industrial
belebt=busy; leer=empty; schmal=narrow; ruhig=quiet; nass=wet; überfüllt=crowded; breit=wide;
staubig=dusty; verlassen=deserted; gepflastert=cobbled|paved; sonnig=sunny; alt=old; lang=long;
städtisch=urban; klein=small; schattig=shady; verschneit=snowy; schlammig=muddy; kurvig=winding;
dunkel>dunkl=dark; steil=steep; regennass=rainy; hell beleuchtet=brightly lit
land 0.28 0.05
groß=large|big; grün=green; schön=beautiful; weit=wide; leer=empty; ruhig=calm|quiet;
sonnig=sunny; tief=deep; flach=shallow; felsig=rocky; schlammig=muddy; grasbewachsen=grassy;
steil=steep; schneebedeckt=snow-covered; klar=clear; karg=barren; neblig=foggy; trocken=dry;
überflutet=flooded; bewaldet=wooded
/ grün=green; golden=golden; herbstlich=autumnal
inside 0.22 0
+ Luxus luxury, Mini miniature, Dorf village, Hotel hotel, Schul school, Stadt city, Kinder children's, Bauernhof farm, Künstler artist's, Familien family, Vorstadt suburban
klein=small; groß=large|big; leer=empty; alt=old; überfüllt=crowded; hell=bright; voll=full;
unordentlich=messy; dunkel>dunkl=dark; modern=modern; sauber=clean; belebt=busy; schick=fancy;
gemütlich=cozy; verraucht=smoky; eng=cramped; beleuchtet=lit
edible 0.25 0
+ Riesen giant, Mini miniature, Weihnachts Christmas, Party party, Bio organic, Hochzeits wedding, Kinder children's, Honig honey, Vollkorn whole-grain, Lieblings favorite, Oster Easter
groß=large|big; frisch=fresh; lecker=delicious; klein=small; köstlich=tasty;
appetitlich=appetizing; selbstgemacht=homemade; riesig=huge; bunt=colorful
liquid 0.25 0
kalt=cold; heiß=hot; frisch=fresh; dunkel>dunkl=dark; warm=warm; süß=sweet
daily 1 0
sonnig=sunny; warm=warm; kalt=cold; schön=beautiful; bewölkt=cloudy; heiß=hot; regnerisch=rainy;
windig=windy; verschneit=snowy; neblig=foggy; klar=clear; schwül=muggy
none 0 0
leer=empty
plain 0.1 0
klein=small; groß=large|big; neu=new; alt=old; schön=beautiful; seltsam=strange
kin 0.12 0
klein=little; älter=older; lachend=laughing; müde=tired; neugierig=curious; jüngst=youngest;
nass=wet
structure 0.25 0.25
+ Garten garden, Stadt city, Schul school, Fabrik factory, Kirchen church, Friedhofs cemetery, Palast palace, Bambus bamboo, Granit granite, Sandstein sandstone, Hof courtyard, Bahnhofs station, Museums museum, Draht wire, Ziegel brick
groß=large|big; alt=old; hoch>hoh=high|tall; klein=small; bemalt=painted; riesig=huge;
modern=modern; neu=new; verziert=ornate; kaputt=broken; beleuchtet=illuminated; schlicht=plain;
mit Graffiti bedeckt=graffiti-covered
/ weiß=white; rot=red; grau=gray; gelb=yellow; braun=brown; blau=blue; grün=green; bunt=colorful;
schwarz=black; rosa!=pink; silbern=silver; türkisfarben=turquoise
"""

NUMERALS = (
    "zwei=two; drei=three; vier=four; fünf=five; sechs=six; sieben=seven; acht=eight; zehn=ten; "
    "zwölf=twelve; neun=nine; elf=eleven; zwanzig=twenty; fünfzehn=fifteen; dreißig=thirty"
)

# infinitive, third person singular, participle (+ with sein), preterite where it is used.
STRONG_VERBS = """
sein ist +gewesen war; haben hat gehabt hatte; werden wird +geworden wurde;
gehen geht +gegangen ging; stehen steht gestanden stand; sitzen sitzt gesessen;
liegen liegt gelegen lag; halten hält gehalten; tragen trägt getragen; laufen läuft +gelaufen;
fahren fährt +gefahren; springen springt +gesprungen; werfen wirft geworfen;
fangen fängt gefangen; sehen sieht gesehen sah; lesen liest gelesen;
schreiben schreibt geschrieben schrieb; sprechen spricht gesprochen; essen isst gegessen;
trinken trinkt getrunken; schlafen schläft geschlafen; singen singt gesungen;
schwimmen schwimmt +geschwommen; ziehen zieht gezogen; schieben schiebt geschoben;
heben hebt gehoben; schneiden schneidet geschnitten; schlagen schlägt geschlagen;
nehmen nimmt genommen nahm; geben gibt gegeben gab; bringen bringt gebracht;
kommen kommt +gekommen kam; steigen steigt +gestiegen; fallen fällt +gefallen fiel;
fliegen fliegt +geflogen; reiten reitet +geritten; graben gräbt gegraben;
waschen wäscht gewaschen; binden bindet gebunden; hängen hängt gehangen; gießen gießt gegossen;
treiben treibt getrieben; blasen bläst geblasen; treten tritt getreten; reißen reißt gerissen;
schießen schießt geschossen; messen misst gemessen; streichen streicht gestrichen;
werben wirbt geworben; helfen hilft geholfen half; finden findet gefunden fand;
denken denkt gedacht dachte; wissen weiß gewusst wusste; kennen kennt gekannt kannte;
bekommen bekommt bekommen bekam; verstehen versteht verstanden verstand;
beginnen beginnt begonnen begann; vergessen vergisst vergessen vergaß;
verlieren verliert verloren verlor; gewinnen gewinnt gewonnen gewann;
bleiben bleibt +geblieben blieb; sterben stirbt +gestorben starb; treffen trifft getroffen traf;
brechen bricht gebrochen; lassen lässt gelassen; rufen ruft gerufen;
beschreiben beschreibt beschrieben beschrieb; betreten betritt betreten;
besteigen besteigt bestiegen; verlassen verlässt verlassen verließ;
verbringen verbringt verbracht; entscheiden entscheidet entschieden;
beschließen beschließt beschlossen; entstehen entsteht +entstanden entstand;
erfinden erfindet erfunden; unterhalten unterhält unterhalten; betrachten betrachtet betrachtet;
verkaufen verkauft verkauft; verschwinden verschwindet +verschwunden verschwand;
wachsen wächst +gewachsen wuchs; scheitern scheitert +gescheitert; passieren passiert +passiert;
bitten bittet gebeten bat; heißen heißt geheißen hieß; leiden leidet gelitten;
lügen lügt gelogen; schweigen schweigt geschwiegen; vergleichen vergleicht verglichen;
verbinden verbindet verbunden; erhalten erhält erhalten erhielt; gefallen gefällt gefallen;
gelingen gelingt +gelungen gelang; unterscheiden unterscheidet unterschieden;
beweisen beweist bewiesen; versprechen verspricht versprochen; bieten bietet geboten;
schließen schließt geschlossen; klettern klettert +geklettert; wandern wandert +gewandert;
reisen reist +gereist; folgen folgt +gefolgt; rennen rennt +gerannt;
spazieren spaziert +spaziert; balancieren balanciert +balanciert; rutschen rutscht +gerutscht;
kriechen kriecht +gekrochen; paddeln paddelt +gepaddelt; joggen joggt +gejoggt;
surfen surft +gesurft; rudern rudert +gerudert; segeln segelt +gesegelt;
tauchen taucht +getaucht; landen landet +gelandet; gleiten gleitet +geglitten;
auf-stehen steht +aufgestanden stand; auf-wachen wacht +aufgewacht;
auf-wachsen wächst +aufgewachsen wuchs; ein-schlafen schläft +eingeschlafen;
um-ziehen zieht +umgezogen; zurück-kehren kehrt +zurückgekehrt; überqueren überquert überquert;
umarmen umarmt umarmt; unterrichten unterrichtet unterrichtet;
unterstützen unterstützt unterstützt; überzeugen überzeugt überzeugt;
überraschen überrascht überrascht; untersuchen untersucht untersucht;
unterschreiben unterschreibt unterschrieben; übersetzen übersetzt übersetzt;
überleben überlebt überlebt; wiederholen wiederholt wiederholt; übernehmen übernimmt übernommen;
beobachten beobachtet beobachtet; überlegen überlegt überlegt;
hinterlassen hinterlässt hinterlassen; befehlen befiehlt befohlen; genießen genießt genossen;
empfehlen empfiehlt empfohlen; fressen frisst gefressen; flechten flicht geflochten;
schmelzen schmilzt +geschmolzen; sinken sinkt +gesunken sank; steuern steuert gesteuert;
brennen brennt gebrannt; hauen haut gehauen; stoßen stößt gestoßen; verbieten verbietet verboten;
widersprechen widerspricht widersprochen; weinen weint geweint; umgeben umgibt umgeben;
verzeihen verzeiht verziehen; nennen nennt genannt nannte; verändern verändert verändert;
lächeln lächelt gelächelt; beginnen beginnt begonnen begann; scheinen scheint geschienen schien;
vor-schlagen schlägt vorgeschlagen; schneidern schneidert geschneidert;
vermeiden vermeidet vermieden; ertragen erträgt ertragen; begreifen begreift begriffen begriff;
greifen greift gegriffen; gehören gehört gehört; erschrecken erschreckt erschreckt;
gestalten gestaltet gestaltet; beantworten beantwortet beantwortet;
verhindern verhindert verhindert; erraten errät erraten; erfahren erfährt erfahren erfuhr;
verdienen verdient verdient; beschäftigen beschäftigt beschäftigt; knien kniet gekniet;
überreden überredet überredet; behandeln behandelt behandelt; überholen überholt überholt;
backen backt gebacken; laden lädt geladen; melken melkt gemolken; scheren schert geschoren;
beten betet gebetet; beißen beißt gebissen; bellen bellt gebellt; streiten streitet gestritten;
biegen biegt gebogen; stürzen stürzt +gestürzt; galoppieren galoppiert +galoppiert;
krabbeln krabbelt +gekrabbelt; rasen rast +gerast; schwinden schwindet +geschwunden;
weisen weist gewiesen; raten rät geraten; klingen klingt geklungen; schwören schwört geschworen
"""

# base, past, participle
ENGLISH_IRREGULAR = """
be was been; have had had; go went gone; do did done; stand stood stood; sit sat sat;
hold held held; wear wore worn; run ran run; ride rode ridden; drive drove driven;
throw threw thrown; catch caught caught; see saw seen; read read read; write wrote written;
speak spoke spoken; eat ate eaten; drink drank drunk; sleep slept slept; sing sang sung;
swim swam swum; cut cut cut; hit hit hit; take took taken; give gave given;
bring brought brought; come came come; fall fell fallen; fly flew flown; dig dug dug;
hang hung hung; blow blew blown; shoot shot shot; find found found; think thought thought;
know knew known; get got gotten; understand understood understood; begin began begun;
forget forgot forgotten; lose lost lost; win won won; break broke broken; let let let;
leave left left; spend spent spent; make made made; build built built; sell sold sold;
buy bought bought; meet met met; tell told told; say said said; feel felt felt; keep kept kept;
lead led led; learn learned learned; mean meant meant; put put put; teach taught taught;
show showed shown; grow grew grown; rise rose risen; lie lay lain; draw drew drawn;
sweep swept swept; light lit lit; feed fed fed; bend bent bent; slide slid slid;
hear heard heard; become became become; choose chose chosen; fight fought fought; pay paid paid;
set set set; send sent sent; wake woke woken; arise arose arisen; lend lent lent;
weave wove woven; sew sewed sewn; kneel knelt knelt; lean leaned leaned; ring rang rung;
shake shook shaken; saw sawed sawn; leap leaped leaped; forgive forgave forgiven; sink sank sunk;
steal stole stolen; wind wound wound; bite bit bitten; spread spread spread; quit quit quit;
cost cost cost; lay laid laid; stick stuck stuck; swear swore sworn; seek sought sought;
deal dealt dealt; bear bore borne; beat beat beaten; hide hid hidden; swing swung swung;
swell swelled swollen; freeze froze frozen; overtake overtook overtaken
"""

FIRST_NAMES = (
    "Anna Paul Maria David Lisa Thomas Sarah Peter Julia Michael Emma Daniel Laura Markus Nina Simon Clara Jonas "
    "Sofia Robert Elena Martin Amina Lukas Hannah Samuel Ines Viktor Olga Felix Rosa Anton Mina Hugo Leila Oskar "
    "Priya Emil Yuki Karl Fatima Bruno Greta Rahul Tilda Kofi Zara Ivan Ada Mateo Wanda Chidi Noor Henrik Malia "
    "Tariq Ronja Pavel Selma Akira"
)
PLACE_NAMES = (
    "Berlin Paris London Boston Amsterdam Madrid Chicago Tokio=Tokyo Nairobi Hamburg Rom=Rome Mumbai Wien=Vienna Lagos Kairo=Cairo "
    "Toronto München=Munich Lissabon=Lisbon Oslo Moskau=Moscow Seoul Athen=Athens Köln=Cologne Lima Prag=Prague Dublin Zürich=Zurich Accra "
    "Genf=Geneva Warschau=Warsaw Havanna=Havana Peking=Beijing Brüssel=Brussels Mexiko=Mexico Indien=India China Brasilien=Brazil Kenia=Kenya "
    "Japan Kanada=Canada Deutschland=Germany Frankreich=France Italien=Italy Norwegen=Norway Ghana Chile Polen=Poland Schweden=Sweden "
    "Österreich=Austria Ägypten=Egypt Griechenland=Greece Bangladesch=Bangladesh Kambodscha=Cambodia Nepal Peru Ruanda=Rwanda Island=Iceland"
)
