"""The words of the talks in the embedded corpus, in the notation of `nouns`, and what
speakers do, in that of `caption_frames`. `^` after an English noun: German takes an
article in general statements, English none (`die Freiheit`, freedom)."""

TALK_POOLS = """
folk 0.24 0
+ Durchschnitts average, Star star, Nachwuchs junior, Hobby hobby, Chef chief, Dorf village, Gast guest, Kriegs war, Universitäts university, Amateur amateur, Spitzen top, Gefängnis prison, Schul school, Kinder children's, Wüsten desert, Großstadt big-city, Militär military, Klima climate, Computer computer, Umwelt environmental, Finanz financial, Marketing marketing, Provinz provincial, Regierungs government, Firmen company
jung=young; alt=old|elderly; arm=poor; klug=smart|clever; reich=rich; mutig=brave;
normal=ordinary; krank=sick; berühmt=famous; schwarz=black; einfach=simple; fremd=unknown;
mächtig=powerful; verrückt=crazy; blind=blind; gesund=healthy; begabt=gifted;
amerikanisch=American; einsam=lonely; ehemalig=former; freundlich=friendly; afrikanisch=African;
verzweifelt=desperate; erfolgreich=successful; behindert=disabled; taub=deaf; ehrlich=honest;
neugierig=curious; arbeitslos=unemployed; schüchtern=shy; deutsch=German; chinesisch=Chinese;
indisch=Indian; unschuldig=innocent; großzügig=generous
abstract 0.3 0
+ Haupt main, Lieblings favorite, Alltags everyday, Grund basic, Zukunfts future, Welt world, Standard standard, Gesamt overall, Kern core, Krisen crisis, Bundes federal, Universitäts university, Familien family, Arbeits work, Internet Internet, Medien media, Nachkriegs postwar, Massen mass, Großstadt big-city, Erwachsenen adult, Not emergency, Computer computer, Firmen company, Regierungs government, Nachhaltigkeits sustainability, Marketing marketing, Modell model, Landes state, Minderheiten minority, Partner partner, Gewalt violence, Vertrauens trust, Führungs leadership, Landwirtschafts agricultural, Verwaltungs administrative, Gender gender, Bevölkerungs population, Qualitäts quality, Migrations migration, Kommunikations communication, Innovations innovation, Design design, Rassen race, Nahrungsmittel food, Glaubens faith
neu=new; groß=big|great; wichtig=important; echt=real; klein=small; einfach=simple; tief=deep;
einzig=single; schwierig=difficult; gemeinsam=shared|common; menschlich=human; sozial=social;
politisch=political; modern=modern; eigen=own; wunderbar=wonderful; global=global;
komplex=complex; stark=strong; seltsam=strange; wirtschaftlich=economic; grundlegend=fundamental;
gefährlich=dangerous; verborgen=hidden; kulturell=cultural; wissenschaftlich=scientific;
schrecklich=terrible; unglaublich=incredible; öffentlich=public; persönlich=personal;
radikal=radical; langfristig=long-term; natürlich=natural; digital=digital; unsichtbar=invisible;
moralisch=moral; historisch=historic; überraschend=surprising; kreativ=creative;
dunkel>dunkl=dark; nachhaltig=sustainable; emotional=emotional; zunehmend=growing;
seelisch=mental; vergessen=forgotten; heimlich=secret; weltweit=worldwide; ehrgeizig=ambitious;
unerwartet=unexpected; fair=fair
work 0.26 0
+ Lieblings favorite, Schul school, Kinder children's, Forschungs research, Liebes love, Debüt debut, Anfänger beginner's, Test test, Abschieds farewell, Kriegs war, Umwelt environmental, Familien family, Abschluss final, Internet Internet, Gemeinschafts joint, Universitäts university, Fernseh television, Solo solo, Jugend youth, Computer computer, Weihnachts Christmas, Museums museum, Geschichts history, Protest protest
neu=new; erst=first; gut=good; kurz=short; groß=big|great; alt=old; wunderbar=wonderful;
interessant=interesting; berühmt=famous; lang=long; letzt=last; schlecht=bad; lustig=funny;
umfangreich=extensive; traurig=sad; wissenschaftlich=scientific; bemerkenswert=remarkable;
langweilig=boring; teuer>teur=expensive; unveröffentlicht=unpublished
tech 0.28 0
+ Spezial special, Standard standard, Labor laboratory, Militär military, Mini miniature, Billig budget, Forschungs research, Haushalts household, Taschen pocket, Industrie industrial, Super super, Wetter weather, Krankenhaus hospital, Versuchs test, Ersatz spare, Schul school, Büro office, Hochleistungs high-performance, Unterwasser underwater, Küchen kitchen, Einweg disposable
neu=new; klein=small; teuer>teur=expensive; billig=cheap; digital=digital; alt=old; schnell=fast;
künstlich=artificial; intelligent=intelligent; modern=modern; einfach=simple; nützlich=useful;
winzig=tiny; zuverlässig=reliable; tragbar=portable; autonom=autonomous;
leistungsfähig=efficient; kompliziert=complicated
living 0.24 0
+ Riesen giant, Zwerg dwarf, Ur primeval, Modell model, Meeres marine, Tiefsee deep-sea, Zoo zoo, Höhlen cave, Gebirgs mountain, Steppen steppe, Labor laboratory, Wüsten desert, Nacht night, Stadt city, Parasiten parasite, Küsten coastal
klein=small; groß=large|big; menschlich=human; selten=rare; alt=ancient|old; lebendig=living;
schön=beautiful; giftig=poisonous|toxic; fremd=alien; gesund=healthy; wild=wild;
tropisch=tropical; winzig=tiny; bedroht=endangered; uralt=ancient; mikroskopisch=microscopic
spot 0.24 0
+ Küsten coastal, Nachbar neighboring, Industrie industrial, Klein small, Heimat home, Berg mountain, Elite elite, Forschungs research, Muster model, Militär military, Grenz border, Urlaubs vacation, Touristen tourist, Wüsten desert, Vorort suburban, Frauen women's, Privat private
klein=small; groß=big|large; arm=poor; fremd=foreign; alt=old; ganz=whole|entire;
europäisch=European; schön=beautiful; weit entfernt=far-off; reich=rich; zerstört=destroyed;
ländlich=rural; abgelegen=remote; amerikanisch=American; öffentlich=public; leer=empty;
überfüllt=overcrowded
belongings 0.12 0
groß=great; echt=real; neu=new; wichtig=important; bestimmt=certain
own 0.1 0
alt=old; best=best; jünger=younger; klein=little; wunderbar=wonderful; verstorben=late;
älter=older; lieb=dear
"""

TALK_NOUNS = """
@folk folk
Mensch w en person/people; Frau f en woman/women; Mann m "er man/men;
Kind n er child/children|kid; Wissenschaftler m - scientist; Freund m e friend; Arzt m "e doctor;
Lehrer m - teacher; Leute p - people; Student w en student; Patient w en patient;
Forscher m - researcher; Mädchen n - girl; Junge w n boy; Kollege w n colleague;
Politiker m - politician; Bürger m - citizen; Künstler m - artist; Experte w n expert;
Ingenieur m e engineer; Wissenschaftlerin f nen scientist; Journalist w en journalist;
Unternehmer m - entrepreneur; Nachbar w n neighbor; Ärztin f nen doctor; Chef m s boss;
Flüchtling m e refugee; Anwalt m "e lawyer; Bauer w n farmer; Soldat w en soldier;
Psychologe w n psychologist; Architekt w en architect; Lehrerin f nen teacher;
Physiker m - physicist; Autor m en author; Präsident w en president; Biologin f nen biologist;
Richter m - judge; Kunde w n customer; Leiter m - leader; Designer m - designer;
Krankenschwester f n nurse; Häftling m e prisoner; Aktivistin f nen activist;
Schriftsteller m - writer; Professor m en professor; Chirurg w en surgeon;
Philosoph w en philosopher; Erfinder m - inventor; Zuhörer m - listener;
Historiker m - historian; Astronaut w en astronaut; Programmierer m - programmer;
Bürgermeister m - mayor; Ökonom w en economist; Mathematiker m - mathematician;
Hebamme f n midwife/midwives; Diktator m en dictator; Leser m - reader;
Teilnehmer m - participant
@family own
Mutter f " mother|mom; Vater m " father|dad; Familie f n family; Freund m e friend;
Bruder m " brother; Großmutter f " grandmother; Tochter f " daughter; Eltern p - parents;
Schwester f n sister; Großvater m " grandfather; Sohn m "e son; Frau f en wife/wives;
Kollege w n colleague; Team n s team; Mann m "er husband; Kind n er child/children|kid;
Lehrerin f nen teacher; Onkel m - uncle; Tante f n aunt; Chef m s boss; Nachbarin f nen neighbor;
Cousin m s cousin; Zwillingsschwester f n twin sister
@agency abstract
Regierung f en government; Unternehmen n - company; Universität f en university;
Schule f n school; Gesellschaft f en society; Organisation f en organization;
Firma f Firmen company|firm; Bank f en bank; Stiftung f en foundation; Gemeinde f n community;
Partei f en party; Gericht n e court; Industrie f n industry; Behörde f n agency;
Krankenhaus n "er hospital; Gewerkschaft f en union; Armee f n army; Institut n e institute;
Verein m e club; Ministerium n Ministerien ministry; Zeitung f en newspaper;
Labor n s laboratory|lab; Verlag m e publisher
@topic abstract
Zukunft f ! future; Leben n ! life^; Bildung f ! education^; Freiheit f ! freedom^;
Natur f ! nature^; Liebe f ! love^; Angst f "e fear; Wissenschaft f ! science^;
Gesundheit f ! health^; Technologie f n technology; Demokratie f n democracy;
Sprache f n language; Kultur f en culture; Zeit f ! time^; Welt f en world;
Geschichte f ! history^; Kunst f ! art^; Klimawandel m ! climate change^; Wirtschaft f ! economy;
Wahrheit f ! truth; Armut f ! poverty^; Vertrauen n ! trust^; Macht f ! power^;
Glück n ! happiness^; Gewalt f ! violence^; Frieden m ! peace^;
Verantwortung f ! responsibility^; Gerechtigkeit f ! justice^; Kreativität f ! creativity^;
Erfolg m e success; Tod m ! death^; Hoffnung f ! hope^; Energie f ! energy^;
Umwelt f ! environment; Religion f en religion; Musik f ! music^; Mut m ! courage^;
Evolution f ! evolution^; Identität f en identity; Einsamkeit f ! loneliness^;
Sicherheit f ! security^; Neugier f ! curiosity^; Schönheit f ! beauty^;
Bewusstsein n ! consciousness^; Gedächtnis n ! memory^; Mitgefühl n ! compassion^;
Würde f ! dignity^; Scheitern n ! failure^; Gleichberechtigung f ! equality^;
Globalisierung f ! globalization^; Vielfalt f ! diversity^; Trauer f ! grief^;
Weisheit f ! wisdom^; Privatsphäre f ! privacy^; Sterblichkeit f ! mortality^
@problem abstract
Problem n e problem; Frage f n question; Krise f n crisis/crises; Krankheit f en disease|illness;
Fehler m - mistake; Herausforderung f en challenge; Konflikt m e conflict; Risiko n Risiken risk;
Krieg m e war; Armut f ! poverty^; Gefahr f en danger; Schwierigkeit f en difficulty;
Verbrechen n - crime; Katastrophe f n disaster; Ungleichheit f en inequality; Hunger m ! hunger^;
Vorurteil n e prejudice; Korruption f ! corruption^; Bedrohung f en threat;
Widerspruch m "e contradiction; Hindernis n se obstacle; Missverständnis n se misunderstanding;
Seuche f n epidemic; Rätsel n - riddle|puzzle; Depression f en depression;
Stigma n Stigmata stigma/stigmas
@idea abstract
Idee f n idea; Lösung f en solution; Plan m "e plan; Antwort f en answer;
Möglichkeit f en possibility|opportunity; Traum m "e dream; Ziel n e goal; Theorie f n theory;
Methode f n method; Ansatz m "e approach; Vorschlag m "e suggestion|proposal;
Meinung f en opinion; Konzept n e concept; Entdeckung f en discovery; Strategie f n strategy;
Argument n e argument; Vision f en vision; Regel f n rule; Modell n e model;
Prinzip n Prinzipien principle; Muster n - pattern; Erkenntnis f se insight; Grund m "e reason;
System n e system; Hypothese f n hypothesis/hypotheses; Gesetz n e law; Maßnahme f n measure;
Perspektive f n perspective; Formel f n formula; Reform f en reform
@work work
Projekt n e project; Buch n "er book; Film m e movie|film; Studie f n study; Artikel m - article;
Experiment n e experiment; Programm n e program; Geschichte f n story; Vortrag m "e talk;
Bild n er picture; Bericht m e report; Roman m e novel; Lied n er song; Brief m e letter;
Ausstellung f en exhibition; Kurs m e course; Website f s website; Theaterstück n e play;
Gedicht n e poem; Gebäude n - building; App f s app; Karte f n map;
Kunstwerk n e work of art/works of art; Spiel n e game; Doktorarbeit f en dissertation;
Tagebuch n "er diary; Oper f n opera
@text work
Buch n "er book; Artikel m - article; Brief m e letter; E-Mail f s email; Roman m e novel;
Bericht m e report; Gedicht n e poem; Studie f n study; Tagebuch n "er diary;
Zeitungsartikel m - newspaper article; Blog m s blog; Biografie f n biography;
Drehbuch n "er screenplay
@tech tech
Computer m - computer; Maschine f n machine; Roboter m - robot;
Handy n s cell phone|mobile phone; Gerät n e device; Daten p - data; Technologie f n technology;
Auto n s car; Werkzeug n e tool; Netzwerk n e network; Medikament n e drug|medicine;
Algorithmus m Algorithmen algorithm; Kamera f s camera; Satellit w en satellite;
Impfstoff m e vaccine; Software f ! software; Sensor m en sensor; Rakete f n rocket;
Batterie f n battery; Mikroskop n e microscope; Drohne f n drone; Chip m s chip;
Drucker m - printer; Prothese f n prosthesis/prostheses; Suchmaschine f n search engine;
Solarzelle f n solar cell; Kraftwerk n e power plant; Teleskop n e telescope;
Rollstuhl m "e wheelchair
@living living
Tier n e animal; Gehirn n e brain; Pflanze f n plant; Zelle f n cell; Körper m - body;
Wald m "er forest; Meer n e ocean|sea; Planet w en planet; Baum m "e tree; Gen n e gene;
Virus n Viren virus; Bakterie f n bacterium/bacteria; Stern m e star; Insekt n en insect;
Fluss m "e river; Wal m e whale; Biene f n bee; Art f en species/species; Nervenzelle f n neuron;
Molekül n e molecule; Vogel m " bird; Delfin m e dolphin; Korallenriff n e coral reef;
Gletscher m - glacier; Muskel m n muscle; Schimpanse w n chimpanzee; Schmetterling m e butterfly;
Vulkan m e volcano; Organ n e organ; Galaxie f n galaxy
@spot spot
Land n "er country +in:in; Stadt f "e city +in:in; Schule f n school +in:at;
Dorf n "er village +in:in; Universität f en university +an:at; Labor n s laboratory|lab +in:in;
Krankenhaus n "er hospital +in:in; Haus n "er house +in:in; Büro n s office +in:in;
Straße f n street +auf:on; Gefängnis n se prison +in:in; Insel f n island +auf:on;
Bibliothek f en library +in:in; Internet n ! Internet +in:on; Konferenz f en conference +auf:at;
Firma f Firmen company +in:at; Flüchtlingslager n - refugee camp +in:in;
Klassenzimmer n - classroom +in:in; Fabrik f en factory +in:in; Museum n Museen museum +in:in;
Kirche f n church +in:in; Küste f n coast +an:on; Gemeinde f n community +in:in;
Kontinent m e continent +auf:on; Bauernhof m "e farm +auf:on; Waisenhaus n "er orphanage +in:in;
Wüste f n desert +in:in; Armenviertel n - slum +in:in; Theater n - theater +in:in;
Vorstadt f "e suburb +in:in; Klinik f en clinic +in:at; Zug m "e train +in:on;
Ball m "e ball +auf:at
@event abstract
Reise f n journey|trip; Krieg m e war; Konferenz f en conference; Gespräch n e conversation;
Wahl f en election; Kindheit f ! childhood; Revolution f en revolution; Treffen n - meeting;
Unfall m "e accident; Prüfung f en exam; Operation f en operation; Erdbeben n - earthquake;
Wettbewerb m e competition; Hochzeit f en wedding; Sturm m "e storm; Ausbildung f en training~;
Studium n ! studies*; Begegnung f en encounter; Expedition f en expedition;
Beerdigung f en funeral; Pandemie f n pandemic; Proteste p - protests
@possession belongings
Zeit f ! time; Geld n ! money; Job m s job; Chance f n chance|opportunity; Hoffnung f en hope;
Arbeit f ! work; Kraft f ! strength; Angst f ! fear; Macht f ! power; Zugang m "e access~;
Einfluss m "e influence; Erfahrung f en experience; Geduld f ! patience; Recht n e right;
Fähigkeit f en ability; Talent n e talent; Erinnerung f en memory; Wissen n ! knowledge;
Energie f ! energy; Mut m ! courage; Schulden p - debts; Glück n ! luck; Einkommen n - income;
Ausrede f n excuse
@prize abstract
Preis m e prize; Wettbewerb m e competition; Spiel n e game; Wahl f en election; Krieg m e war;
Stipendium n Stipendien scholarship; Prozess m e trial; Medaille f n medal
@decision abstract
Entscheidung f en decision; Wahl f en choice
@step plain
Schritt m e step; Weg m e path
@price abstract
Preis m e price; Rechnung f en bill; Miete f n rent; Steuer f n tax; Strafe f n fine;
Gebühr f en fee; Gehalt n "er salary
@food_t plain
Kaffee m ! coffee; Brot n ! bread; Gemüse n ! vegetables*; Fleisch n ! meat; Wasser n ! water;
Reis m ! rice; Fisch m e fish/fish
@home_t spot
Stadt f "e city; Land n "er country; Dorf n "er village; Haus n "er house;
Wohnung f en apartment; Insel f n island; Familie f n family; Viertel n - neighborhood;
Wohngemeinschaft f en shared apartment; Bauernhof m "e farm
@skill plain
Mathematik f ! mathematics|math; Physik f ! physics; Medizin f ! medicine; Biologie f ! biology;
Geschichte f ! history; Informatik f ! computer science; Psychologie f ! psychology;
Musik f ! music; Philosophie f ! philosophy; Architektur f ! architecture; Englisch n ! English;
Chemie f ! chemistry; Jura n ! law; Chinesisch n ! Chinese; Wirtschaft f ! economics;
Astronomie f ! astronomy; Linguistik f ! linguistics; Arabisch n ! Arabic
@play_t plain
Klavier n e piano; Geige f n violin; Cello n s cello; Gitarre f n guitar; Schlagzeug n e drums*;
Trompete f n trumpet
@sport_t plain
Fußball m ! soccer; Schach n ! chess; Tennis n ! tennis; Karten p - cards;
Basketball m ! basketball; Theater n - theater
@part abstract
Teil m e part; Ende n n end; Anfang m "e beginning; Ergebnis n se result; Preis m e price;
Kern m e core; Symbol n e symbol; Ursache f n cause; Folge f n consequence; Rolle f n role;
Bedeutung f en meaning; Geheimnis n se secret; Grenze f n limit|border; Wert m e value;
Grundlage f n basis/bases; Zweck m e purpose; Ursprung m "e origin; Sinn m ! meaning;
Preis m e price
@whole abstract
Leben n ! life^; Welt f en world; Problem n e problem; Geschichte f n story;
Gesellschaft f en society; Lösung f en solution; Natur f ! nature^; Krieg m e war;
Projekt n e project; Technologie f n technology; Bewegung f en movement;
Demokratie f n democracy; Reise f n journey; Studie f n study; Stadt f "e city;
Revolution f en revolution; Freiheit f ! freedom^; Forschung f ! research^; Sprache f n language;
Kunst f ! art^; Universum n Universen universe; Menschheit f ! humanity^;
Evolution f ! evolution^; Familie f n family; Arbeit f ! work^
"""

TALK_COMPOUNDS = """
Bildungs education, Gesundheits health, Klima climate, Energie energy, Wirtschafts economic, Finanz financial, Umwelt environmental, Forschungs research, Sicherheits security, Verkehrs traffic, Wasser water, Welt world, Kunst art, Schul school, Hilfs aid, Entwicklungs development, Ernährungs nutrition, Technologie technology, Wohnungs housing, Frauen women's, Kinder children's, Flüchtlings refugee, Friedens peace, Steuer tax, Sozial social, Drogen drug, Musik music, Medien media, Rechts legal, Jugend youth
: Problem Projekt System Programm Organisation Krise Konferenz Studie Experte Modell Plan Reform Institut Behörde Ministerium Strategie
Computer computer, Software software, Raumfahrt aerospace, Chemie chemical, Elektro electrical, Bau structural, Maschinenbau mechanical, Sicherheits security
: Ingenieur Programmierer Unternehmen Firma Designer
Infektions infectious, Erb hereditary, Haut skin, Nerven nervous, Lungen lung, Tropen tropical, Kinder childhood, Herz heart, Stoffwechsel metabolic
: Krankheit
Meeres marine, Süßwasser freshwater, Tiefsee deep-sea, Wüsten desert, Urwald jungle, Nutz useful, Wild wild, Insel island, Polar polar
: Tier Pflanze Vogel Insekt
Bürgerrechts civil rights, Umwelt environmental, Menschenrechts human rights, Tierschutz animal rights, Friedens peace, Klima climate
: Aktivistin Anwalt Organisation
Medizin medical, Jura law, Kunst art, Physik physics, Gast visiting, Austausch exchange, Doktor doctoral, Geschichts history
: Student Professor
Kinder children's, Augen eye, Not emergency, Haus family, Land country, Chef chief, Tier animal
: Arzt Ärztin
Energie energy, Währungs currency, Finanz financial, Öl oil, Schulden debt, Identitäts identity, Lebens life, Vertrauens trust
: Krise
Computer computer, Tablet tablet, Video video, Brett board, Rollen role, Glücks gambling, Lern learning, Gruppen group
: Spiel Programm Kurs
Arbeits work, Lebens life, Sprach language, Denk thinking, Rechen arithmetic, Schreib spelling, Konstruktions design, Anfänger beginner's
: Fehler Methode Modell Regel
Pilot pilot, Forschungs research, Groß large-scale, Herzens pet, Bau construction, Kunst art, Schul school, Gemeinschafts joint, Hilfs aid, Raumfahrt space
: Projekt
Raum space, Medizin medical, Haushalts household, Industrie industrial, Spielzeug toy, Mini miniature, Such search, Pflege care
: Roboter Gerät
Strom electricity, Computer computer, Sensor sensor, Telefon phone, Handels trade, Freundschafts friendship, Nerven neural, Schienen rail
: Netzwerk
Hirn brain, Krebs cancer, Klima climate, Meeres marine, Gen gene, Sprach language, Verhaltens behavioral, Glücks happiness, Weltraum space, Schlaf sleep, Alters aging
: Forscher Forschung:research Wissenschaftler Studie Experiment
Grundschul elementary school, Mathematik math, Musik music, Sport gym, Physik physics, Deutsch German, Kunst art, Geschichts history
: Lehrer Lehrerin
Haut skin, Krebs cancer, Stamm stem, Muskel muscle, Blut blood, Hirn brain
: Zelle
Regen rain, Ur primeval, Mangroven mangrove, Tropen tropical, Buchen beech
: Wald
Dokumentar documentary, Kurz short, Zeichentrick animated, Spiel feature, Amateur amateur, Lehr educational
: Film
Kinder children's, Koch cook, Schul school, Geschichts history, Sach nonfiction, Fach specialist, Märchen fairy-tale
: Buch
Groß large, Haupt capital, Hafen port, Heimat home, Klein small, Küsten coastal, Industrie industrial
: Stadt
Entwicklungs developing, Industrie industrialized, Nachbar neighboring, Heimat home, Schwellen emerging, Agrar agricultural
: Land:country
Bürger civil, Welt world, Vietnam Vietnam, Handels trade, Cyber cyber
: Krieg
Wind wind, Wasser hydroelectric, Kohle coal, Atom nuclear, Sonnen solar
: Kraftwerk
Staats state, Zentral central, Entwicklungs development, Samen seed, Blut blood
: Bank:bank
Haus domestic, Wild wild, Säuge mammal, Versuchs laboratory, Herden herd
: Tier
Lebens life, Arbeits work, Kindheits childhood, Kriegs war, Reise travel, Liebes love, Erfolgs success, Familien family, Überlebens survival
: Geschichte:story Erfahrung Erinnerung
Lebens life, Forschungs research, Entwicklungs development, Klima climate, Spar savings, Jahres annual
: Ziel
Grund basic, Menschen human, Wahl voting, Frauen women's, Bürger civil
: Recht
Such search, Wasch washing, Näh sewing, Zeit time, Lern learning
: Maschine
"""

# What is said of thoughts and events, of things that people make, of living things, and of `es`.
PREDICATES = {
    "abstract": "wichtig=important; schwierig=difficult; möglich=possible; einfach=simple|easy; neu=new; interessant=interesting; kompliziert=complicated; gefährlich=dangerous; notwendig=necessary; "
    "falsch=wrong; real=real; komplex=complex; klar=clear; überraschend=surprising; normal=normal; unsichtbar=invisible; entscheidend=crucial; mächtig=powerful; gerecht=fair; unvermeidlich=inevitable; zerbrechlich=fragile; "
    "offensichtlich=obvious; allgegenwärtig=ubiquitous; sinnlos=pointless; umstritten=controversial",
    "thing": "teuer=expensive; nützlich=useful; gut=good; neu=new; erfolgreich=successful; interessant=interesting; einfach=simple; langweilig=boring; schön=beautiful; schlecht=bad; kompliziert=complicated; großartig=great; "
    "beeindruckend=impressive; effektiv=effective; kaputt=broken; billig=cheap; hilfreich=helpful; zuverlässig=reliable; unbezahlbar=priceless; berühmt=famous; veraltet=outdated; praktisch=practical",
    "living": "schön=beautiful; groß=big; gefährlich=dangerous; selten=rare; gesund=healthy; lebendig=alive; komplex=complex; klein=small; giftig=poisonous; faszinierend=fascinating; alt=old; bedroht=endangered; empfindlich=sensitive; "
    "unsterblich=immortal; stumm=silent; einzigartig=unique; wehrlos=defenseless; ausgestorben=extinct",
    "es": "wichtig=important; möglich=possible; schwierig=difficult; gut=good; schön=beautiful; wahr=true; klar=clear; einfach=easy; unmöglich=impossible; seltsam=strange; interessant=interesting; unglaublich=incredible; notwendig=necessary; "
    "traurig=sad; falsch=wrong; schrecklich=terrible; überraschend=surprising; normal=normal; peinlich=embarrassing; wunderbar=wonderful; selten=rare; verrückt=crazy; tragisch=tragic",
}
# comparative German=English, said of abstract things
COMPARATIVES = (
    "wichtiger=more important; besser=better; größer=bigger; einfacher=easier|simpler; stärker=stronger; schneller=faster; schwieriger=more difficult; schlimmer=worse; interessanter=more interesting; "
    "gefährlicher=more dangerous; teurer=more expensive; komplexer=more complex; älter=older; kleiner=smaller; schöner=more beautiful; mächtiger=more powerful; nützlicher=more useful; tiefer=deeper; gerechter=fairer"
)
FEELINGS = (
    "glücklich=happy; müde=tired; überzeugt=convinced; stolz=proud; krank=sick; allein=alone; nervös=nervous; wütend=angry; sicher=sure; bereit=ready; überrascht=surprised; verzweifelt=desperate; dankbar=grateful; "
    "neugierig=curious; arm=poor; begeistert=excited|thrilled; frustriert=frustrated; verwirrt=confused; erschöpft=exhausted; schockiert=shocked; mutig=brave; skeptisch=skeptical; hilflos=helpless; fassungslos=stunned; gelähmt=paralyzed"
)

# [do] what people do or did; [doing] what goes on for long.
TALK_FRAMES = """
[do]
arbeiten an {work.dt} = work on {0}
sprechen über {topic.at} = talk|speak about {0}
lösen {problem.atd} = solve {0}
erzählen {who.d} {story.at} = tell {0} {1}
lesen {text.at} = read {0}
verändern {world.atd} = change {0}
verstehen {topic.atd} = understand {0}
finden {idea.at} = find {0}
treffen {folk.at} = meet {0}
schreiben {text.ai} = write {0}
leben in {home_t.dt} = live in {0}
brauchen {possession.an} = need {0}
helfen {who.d} = help {0}
nach-denken über {topic.at} = think about {0}
fragen {who.a} = ask {0}
lernen von {who.d} = learn from {0}
bauen {tech.at} = build {0}
sehen {living.at} = see {0}
entwickeln {tech.at} = develop {0}
zeigen {who.d} {work.at} = show {0} {1}
stellen {question.ait} = ask {0}
treffen {decision.ai} = make {0}
entdecken {living.at} = discover {0}
kennen {folk.atd} = know {0}
haben {possession.an} = have {0}
warten auf {idea.at} = wait for {0}
besuchen {spot.at} = visit {0}
erinnern sich an {event.atd} = remember {0}
untersuchen {living.at} = examine|study {0}
verlieren {possession.atd} = lose {0}
glauben an {topic.atd} = believe in {0}
machen {mistake.ai} = make {0}
kämpfen für {topic.atd} = fight for {0}
benutzen {tech.at} = use {0}
ändern {idea.atd} = change {0}
interessieren sich für {topic.atd} = be interested in {0}
bekommen {possession.ai} = get {0}
träumen von {idea.dt} = dream of|about {0}
gründen {agency.ai} = found|start {0}
beginnen mit {idea.dtd} = start|begin with {0}
bezahlen {price.atd} = pay {0}
kaufen {tech.at} = buy {0}
verlassen {spot.atd} = leave {0}
teilen {idea.atd} mit {who.d} = share {0} with {1}
erklären {who.d} {idea.atd} = explain {1} to {0}
beschäftigen sich mit {topic.dtd} = deal with {0}
reisen nach {placename.db} = travel to {0}
kommen aus {placename.db} = come from {0}
um-ziehen nach {placename.db} = move to {0}
vor-stellen {who.d} {idea.at} = present {1} to {0}
vor-stellen mir {idea.at} = imagine {0}
nach-ahmen {living.at} = imitate {0}
auf-geben {idea.atd} = give up {0}
an-rufen {who.a} = call {0}
ein-laden {who.a} = invite {0}
unterstützen {who.a} = support {0}
unterrichten {skill.ab} = teach {0}
studieren {skill.ab} = study {0}
lernen {skill.ab} = learn {0}
spielen {play_t.ab} = play the {0}
spielen {sport_t.ab} = play {0}
gewinnen {prize.at} = win {0}
vergessen {event.atd} = forget {0}
überleben {event.at} = survive {0}
sterben an {illness.dt} = die of {0}
leiden an {illness.dt} = suffer from {0}
behandeln {folk.at} = treat {0}
retten {folk.at} = save {0}
schützen {living.at} = protect {0}
zerstören {living.at} = destroy {0}
vertrauen {who.d} = trust {0}
danken {who.d} = thank {0}
zu-hören {who.d} = listen to {0}
begegnen {folk.dt} = encounter {0}
sammeln {data.an} = collect {0}
messen {data.atd} = measure {0}
veröffentlichen {text.at} = publish {0}
organisieren {event.ai} = organize {0}
leiten {agency.at} = lead|run {0}
verbessern {idea.atd} = improve {0}
vermeiden {problem.at} = avoid {0}
bekämpfen {problem.atd} = combat|fight {0}
verbringen {time.an} in {spot.dt} = spend {0} in {1}
verdienen Geld mit {work.dt} = make money with {0}
gehen in {spot.at} = go to {0}
ein-schlafen in {spot.dt} = fall asleep in {0}
auf-wachsen in {home_t.dt} = grow up in {0}
auf-wachen in {spot.dt} = wake up in {0}
tragen {duty.atd} = bear {0}
tragen {clothes.ai} = wear {0}
halten {speech.ai} = give {0}
gehen {step.ai} = take {0}
stehen vor {problem.dt} = face {0}
fürchten sich vor {topic.dtd} = be afraid of {0}
freuen sich über {idea.atd} = be happy about {0}
gewöhnen sich an {tech.atd} = get used to {0}
verlieben sich in {folk.at} = fall in love with {0}
streiten sich mit {who.d} = argue with {0}
verlassen sich auf {tech.atd} = rely on {0}
kümmern sich um {folk.at} = take care of {0}
wehren sich gegen {idea.atd} = resist {0}
einigen sich auf {idea.at} = agree on {0}
weg-werfen {tech.atd} = throw away {0}
zurück-kehren in {home_t.atd} = return to {0}
aus-wandern nach {placename.db} = emigrate to {0}
heraus-fordern {agency.at} = challenge {0}
vor-schlagen {idea.at} = suggest {0}
durch-führen {study.ai} = conduct {0}
ab-lehnen {idea.atd} = reject {0}
ein-führen {idea.at} = introduce {0}
aus-drücken {feeling.at} = express {0}
teil-nehmen an {event.dt} = take part in {0}
zu-stimmen {idea.dtd} = agree with {0}
wiederholen {study.atd} = repeat {0}
essen {food_t.ab} = eat {0}
trinken {coffee.ab} = drink {0}
verkaufen {tech.an} = sell {0}
erfinden {tech.at} = invent {0}
programmieren {tech.at} = program {0}
heiraten {folk.ai} = marry {0}
verlangen {idea.at} = demand {0}
beweisen {theory.atd} = prove {0}
bezweifeln {theory.atd} = doubt {0}
beeinflussen {agency.at} = influence {0}
übersetzen {text.at} = translate {0}
beobachten {living.at} = observe {0}
pflanzen {tree_t.an} = plant {0}
fotografieren {living.at} = photograph {0}
komponieren {music_t.ai} = compose {0}
[say]
glauben = think|believe
wissen = know
denken = think
sagen = say
hoffen = hope
fest-stellen = realize
verstehen = understand
sehen = see
heraus-finden = find out
lernen = learn
zeigen {who.d} = show {0}
erzählen {who.d} = tell {0}
vergessen = forget
merken = notice
hören = hear
behaupten = claim
entdecken = discover
an-nehmen = assume
beweisen = prove
erklären {who.d} = explain to {0}
fühlen = feel
begreifen = grasp
versprechen {who.d} = promise {0}
träumen = dream
zu-geben = admit
fürchten = fear
voraus-sagen = predict
betonen = emphasize
[wonder]
wissen = know
verstehen = understand
fragen sich = wonder
heraus-finden = find out
erklären {who.d} = explain to {0}
zeigen {who.d} = show {0}
untersuchen = examine
vor-stellen mir = imagine
[try]
versuchen = try
beschließen = decide
an-fangen = start|begin
lernen = learn
hoffen = hope
planen = plan
entscheiden sich = decide
vergessen = forget
versprechen {who.d} = promise {0}
bitten {who.a} = ask {0}
weigern sich = refuse
helfen {who.d} = help {0}
schaffen es = manage
wagen = dare
zögern = hesitate
vor-haben = intend
überreden {who.a} = persuade {0}
lieben es = love
[happen]
{tech.nt} verändern {world.atd} = change {0}
{idea.ntd} funktionieren = work
{problem.nt} bedrohen {topic.atd} = threaten {0}
{tech.nt} helfen {who.d} = help {0}
{problem.ntd} betreffen {folk.at} = affect {0}
{idea.nt} inspirieren {who.a} = inspire {0}
{agency.nt} unterstützen {idea.at} = support {0}
{agency.nt} investieren in {topic.atd} = invest in {0}
{living.ntn} sterben = die
{living.nt} bestehen aus {cell.dn} = consist of {0}
{topic.ntd} beginnen mit {idea.dt} = begin with {0}
{problem.nt} entstehen in {spot.dt} = arise in {0}
{work.ntd} handeln von {topic.dt} = be about {0}
{tech.ntd} kosten viel Geld = cost a lot of money
{idea.ntd} überraschen {who.a} = surprise {0}
{agency.nt} verlangen {idea.at} = demand {0}
{living.nt} produzieren {tech.ab} = produce {0}
{problem.nt} verschwinden = disappear
{tech.nt} sammeln {data.an} = collect {0}
{topic.ntd} verbinden {folk.at} = connect {0}
{agency.nt} bauen {tech.at} = build {0}
{idea.ntd} scheitern an {problem.dt} = fail because of {0}
{tech.nt} ersetzen {folk.at} = replace {0}
{living.ntn} verändern sich = change
{living.nt} wachsen in {spot.dt} = grow in {0}
"""

TALK_SMALL = """
@story work
Geschichte f n story; Witz m e joke; Märchen n - fairy tale; Lüge f n lie; Anekdote f n anecdote
@world abstract
Welt f en world; Leben n ! life^; Land n "er country; System n e system;
Gesellschaft f en society; Stadt f "e city; Medizin f ! medicine^; Landschaft f en landscape;
Alltag m ! everyday life^; Arbeit f ! work^
@question abstract
Frage f n question
@mistake abstract
Fehler m - mistake; Erfahrung f en experience~; Unterschied m e difference;
Fortschritt m e progress~; Versprechen n - promise; Vorschlag m "e suggestion;
Ausnahme f n exception
@illness plain
Krebs m ! cancer; Depression f en depression~; Krankheit f en disease|illness;
Malaria f ! malaria; Infektion f en infection; Lungenentzündung f en pneumonia~;
Alzheimer m ! Alzheimer's; Tuberkulose f ! tuberculosis; Diabetes m ! diabetes; Asthma n ! asthma
@data abstract
Daten p - data; Information f en information~; Probe f n sample; Beweis m e evidence~;
Wert m e value; Signal n e signal; Messung f en measurement; Geräusch n e sound
@time none
Jahr n e year; Monat m e month; Stunde f n hour; Tag m e day; Woche f n week; Sommer m - summer;
Nacht f "e night
@period none
Jahr n e year; Monat m e month; Woche f n week; Stunde f n hour; Tag m e day;
Jahrzehnt n e decade
@duty abstract
Verantwortung f ! responsibility; Risiko n Risiken risk; Last f en burden; Schuld f ! blame;
Kosten p - costs; Folge f n consequence
@clothes plain
Brille f n glasses*; Anzug m "e suit; Uniform f en uniform; Kopftuch n "er headscarf/headscarves;
Krawatte f n tie; Kleid n er dress; Maske f n mask
@speech abstract
Rede f n speech; Vortrag m "e talk; Vorlesung f en lecture; Predigt f en sermon
@study abstract
Studie f n study; Experiment n e experiment; Umfrage f n survey; Test m s test;
Versuch m e experiment; Interview n s interview
@feeling abstract
Gefühl n e feeling; Dankbarkeit f ! gratitude; Wut f ! anger; Meinung f en opinion;
Trauer f ! grief; Zweifel m - doubt; Sorge f n worry; Freude f ! joy; Respekt m ! respect
@coffee plain
Kaffee m ! coffee; Wasser n ! water; Tee m ! tea; Wein m ! wine; Milch f ! milk
@theory abstract
Theorie f n theory; Hypothese f n hypothesis/hypotheses; Vermutung f en conjecture;
Behauptung f en claim; Gegenteil n e opposite
@tree_t living
Baum m "e tree; Garten m " garden; Gemüse n ! vegetables*; Wald m "er forest; Mais m ! corn
@music_t work
Lied n er song; Oper f n opera; Symphonie f n symphony;
Musikstück n e piece of music/pieces of music
@cell living
Zelle f n cell; Atom n e atom; Molekül n e molecule; Teilchen n - particle; Wasser n ! water
"""
