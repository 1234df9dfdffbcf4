"""What all languages of the embedded corpus name, each in its own way.

An entry is the German, French, Italian and English name with `|` between them, or one name that
all four share; `_` is a blank. A section `@name language` of towns is where they lie.
"""

TOWNS = """
@de
Berlin|Berlin|Berlino|Berlin Hamburg|Hambourg|Amburgo|Hamburg
München|Munich|Monaco_di_Baviera|Munich Köln|Cologne|Colonia|Cologne
Frankfurt|Francfort|Francoforte|Frankfurt Stuttgart|Stuttgart|Stoccarda|Stuttgart Düsseldorf
Leipzig|Leipzig|Lipsia|Leipzig Dortmund Essen Bremen|Brême|Brema|Bremen
Dresden|Dresde|Dresda|Dresden Hannover|Hanovre|Hannover|Hanover
Nürnberg|Nuremberg|Norimberga|Nuremberg Duisburg|Duisbourg|Duisburg|Duisburg Bochum Wuppertal
Bielefeld Bonn Münster Karlsruhe Mannheim Augsburg|Augsbourg|Augusta|Augsburg Wiesbaden
Gelsenkirchen Aachen|Aix-la-Chapelle|Aquisgrana|Aachen Braunschweig|Brunswick|Brunswick|Brunswick
Kiel Chemnitz Magdeburg|Magdebourg|Magdeburgo|Magdeburg
Freiburg|Fribourg-en-Brisgau|Friburgo|Freiburg Lübeck|Lübeck|Lubecca|Lübeck Erfurt
Mainz|Mayence|Magonza|Mainz Rostock Kassel|Cassel|Kassel|Kassel Halle
Saarbrücken|Sarrebruck|Saarbrücken|Saarbrücken Potsdam Oldenburg Osnabrück Heidelberg Darmstadt
Regensburg|Ratisbonne|Ratisbona|Regensburg Würzburg|Wurtzbourg|Würzburg|Würzburg Ulm Heilbronn
Göttingen|Göttingen|Gottinga|Göttingen Koblenz|Coblence|Coblenza|Koblenz Jena
Trier|Trèves|Treviri|Trier Siegen Hof Singen Plauen Speyer|Spire|Spira|Speyer Worms Bamberg Bayreuth
Passau|Passau|Passavia|Passau Konstanz|Constance|Costanza|Konstanz Wien|Vienne|Vienna|Vienna Graz
Linz Salzburg|Salzbourg|Salisburgo|Salzburg Innsbruck Klagenfurt Zürich|Zurich|Zurigo|Zurich
Basel|Bâle|Basilea|Basel Bern|Berne|Berna|Bern Luzern|Lucerne|Lucerna|Lucerne
Sankt_Gallen|Saint-Gall|San_Gallo|St._Gallen Baden-Baden Bad_Homburg Bad_Kissingen Regen Wangen Hagen
Fürth Landau Weiden Minden Gera
@fr
Paris|Paris|Parigi|Paris Marseille|Marseille|Marsiglia|Marseille Lyon|Lyon|Lione|Lyon
Toulouse|Toulouse|Tolosa|Toulouse Nizza|Nice|Nizza|Nice Nantes
Straßburg|Strasbourg|Strasburgo|Strasbourg Montpellier Bordeaux Lille|Lille|Lilla|Lille Rennes Reims
Toulon|Toulon|Tolone|Toulon Saint-Étienne Grenoble Dijon|Dijon|Digione|Dijon Angers Nîmes
Villeurbanne Clermont-Ferrand Brest Tours Limoges Amiens Metz Besançon Perpignan Orléans
Mülhausen|Mulhouse|Mulhouse|Mulhouse Rouen Caen Nancy Avignon|Avignon|Avignone|Avignon Poitiers
Dünkirchen|Dunkerque|Dunkerque|Dunkirk Pau Calais Cannes Colmar Antibes
Valence|Valence|Valenza|Valence Bourges Quimper Troyes La_Rochelle Lorient Sète Sens Orange Vannes
Grasse Gap Vire Lens Laval Arras Chartres Genf|Genève|Ginevra|Geneva
Lausanne|Lausanne|Losanna|Lausanne Brüssel|Bruxelles|Bruxelles|Brussels Lüttich|Liège|Liegi|Liège
Namur Charleroi Aix-en-Provence Montauban Carcassonne Narbonne|Narbonne|Narbona|Narbonne Chambéry
Annecy Saint-Malo
@it
Rom|Rome|Roma|Rome Mailand|Milan|Milano|Milan Neapel|Naples|Napoli|Naples Turin|Turin|Torino|Turin
Palermo|Palerme|Palermo|Palermo Genua|Gênes|Genova|Genoa Bologna|Bologne|Bologna|Bologna
Florenz|Florence|Firenze|Florence Bari Catania|Catane|Catania|Catania
Venedig|Venise|Venezia|Venice Verona|Vérone|Verona|Verona Messina|Messine|Messina|Messina
Padua|Padoue|Padova|Padua Triest|Trieste|Trieste|Trieste Tarent|Tarente|Taranto|Taranto Brescia Prato
Parma|Parme|Parma|Parma Modena|Modène|Modena|Modena Reggio_Emilia Reggio_Calabria
Perugia|Pérouse|Perugia|Perugia Livorno|Livourne|Livorno|Livorno Ravenna|Ravenne|Ravenna|Ravenna
Cagliari Foggia Rimini Salerno|Salerne|Salerno|Salerno Ferrara|Ferrare|Ferrara|Ferrara Latina Monza
Syrakus|Syracuse|Siracusa|Syracuse Bergamo|Bergame|Bergamo|Bergamo Trient|Trente|Trento|Trento
Vicenza|Vicence|Vicenza|Vicenza Terni Bozen|Bolzano|Bolzano|Bolzano Novara
Piacenza|Plaisance|Piacenza|Piacenza Ancona|Ancône|Ancona|Ancona Udine Lecce Pescara
Pisa|Pise|Pisa|Pisa Lucca|Lucques|Lucca|Lucca Potenza Massa Carrara|Carrare|Carrara|Carrara
Mantua|Mantoue|Mantova|Mantua Cremona|Crémone|Cremona|Cremona Siena|Sienne|Siena|Siena
Como|Côme|Como|Como Varese Asti Cuneo|Coni|Cuneo|Cuneo Fermo Lodi Alba Bra Vasto Gela Lecco
Assisi|Assise|Assisi|Assisi Otranto|Otrante|Otranto|Otranto Lugano Bellinzona Locarno
@en
London|Londres|Londra|London Birmingham Manchester Liverpool Leeds Sheffield Bristol Nottingham
Leicester Southampton Reading Bath Cambridge Oxford York Durham Exeter Plymouth Norwich Hull Wells
Rugby Battle Deal Sandwich Sale Bury Ware Newcastle Brighton Coventry Derby
Canterbury|Cantorbéry|Canterbury|Canterbury Edinburgh|Édimbourg|Edimburgo|Edinburgh Glasgow Aberdeen
Dundee Cardiff Swansea Belfast Dublin|Dublin|Dublino|Dublin Cork Limerick Boston Chicago Houston
Seattle Denver Phoenix Buffalo Mobile Boulder Bend Dallas Detroit Cleveland
Philadelphia|Philadelphie|Filadelfia|Philadelphia New_York Los_Angeles San_Francisco Salt_Lake_City
Kansas_City Las_Vegas Memphis Baltimore Pittsburgh Cincinnati Milwaukee Sydney Melbourne Perth
Brisbane Auckland Toronto Vancouver Ottawa Halifax Little_Rock Providence Independence Orlando
@world
Moskau|Moscou|Mosca|Moscow Warschau|Varsovie|Varsavia|Warsaw Prag|Prague|Praga|Prague Budapest
Bukarest|Bucarest|Bucarest|Bucharest Belgrad|Belgrade|Belgrado|Belgrade Athen|Athènes|Atene|Athens
Istanbul Madrid Barcelona|Barcelone|Barcellona|Barcelona Sevilla|Séville|Siviglia|Seville
Lissabon|Lisbonne|Lisbona|Lisbon Porto Kopenhagen|Copenhague|Copenaghen|Copenhagen
Stockholm|Stockholm|Stoccolma|Stockholm Oslo Helsinki Amsterdam Antwerpen|Anvers|Anversa|Antwerp
Gent|Gand|Gand|Ghent Den_Haag|La_Haye|L'Aia|The_Hague Rotterdam Krakau|Cracovie|Cracovia|Kraków
Danzig|Gdańsk|Danzica|Gdańsk Breslau|Wrocław|Breslavia|Wrocław Kiew|Kiev|Kiev|Kyiv Riga Vilnius
Tallinn Zagreb|Zagreb|Zagabria|Zagreb Sarajevo Sofia Ljubljana|Ljubljana|Lubiana|Ljubljana
Tunis|Tunis|Tunisi|Tunis Algier|Alger|Algeri|Algiers Tokio|Tokyo|Tokyo|Tokyo
Peking|Pékin|Pechino|Beijing Shanghai Neu-Delhi|New_Delhi|Nuova_Delhi|New_Delhi Bangkok
Seoul|Séoul|Seul|Seoul Jerusalem|Jérusalem|Gerusalemme|Jerusalem Damaskus|Damas|Damasco|Damascus
Bagdad|Bagdad|Baghdad|Baghdad Teheran|Téhéran|Teheran|Tehran Nairobi Johannesburg Buenos_Aires
Rio_de_Janeiro São_Paulo Santiago_de_Chile|Santiago_du_Chili|Santiago_del_Cile|Santiago
Mexiko-Stadt|Mexico|Città_del_Messico|Mexico_City Havanna|La_Havane|L'Avana|Havana Lima Bogotá
Sankt_Petersburg|Saint-Pétersbourg|San_Pietroburgo|Saint_Petersburg
Thessaloniki|Thessalonique|Salonicco|Thessaloniki
"""

# French and Italian treat the two alike among themselves: `en` and `la`, `au` and `il`.
FEMININE_COUNTRIES = """
Deutschland|Allemagne|Germania|Germany Frankreich|France|Francia|France Italien|Italie|Italia|Italy
Spanien|Espagne|Spagna|Spain Österreich|Autriche|Austria|Austria Polen|Pologne|Polonia|Poland
Russland|Russie|Russia|Russia Griechenland|Grèce|Grecia|Greece Schweden|Suède|Svezia|Sweden
Norwegen|Norvège|Norvegia|Norway Finnland|Finlande|Finlandia|Finland
Irland|Irlande|Irlanda|Ireland Ungarn|Hongrie|Ungheria|Hungary Rumänien|Roumanie|Romania|Romania
Bulgarien|Bulgarie|Bulgaria|Bulgaria Kroatien|Croatie|Croazia|Croatia
Slowenien|Slovénie|Slovenia|Slovenia Serbien|Serbie|Serbia|Serbia China|Chine|Cina|China
Australien|Australie|Australia|Australia Algerien|Algérie|Algeria|Algeria
Tunesien|Tunisie|Tunisia|Tunisia Argentinien|Argentine|Argentina|Argentina
Kolumbien|Colombie|Colombia|Colombia Äthiopien|Éthiopie|Etiopia|Ethiopia
Schottland|Écosse|Scozia|Scotland England|Angleterre|Inghilterra|England
Island|Islande|Islanda|Iceland Estland|Estonie|Estonia|Estonia Lettland|Lettonie|Lettonia|Latvia
Litauen|Lituanie|Lituania|Lithuania Albanien|Albanie|Albania|Albania
"""
MASCULINE_COUNTRIES = """
Portugal|Portugal|Portogallo|Portugal Japan|Japon|Giappone|Japan Brasilien|Brésil|Brasile|Brazil
Kanada|Canada|Canada|Canada Mexiko|Mexique|Messico|Mexico Marokko|Maroc|Marocco|Morocco
Luxemburg|Luxembourg|Lussemburgo|Luxembourg Peru|Pérou|Perù|Peru Chile|Chili|Cile|Chile
Kenia|Kenya|Kenya|Kenya Vietnam|Viêt_Nam|Vietnam|Vietnam Senegal|Sénégal|Senegal|Senegal
Paraguay Venezuela Liechtenstein
"""

PEOPLE = """
Johann_Sebastian_Bach Wolfgang_Amadeus_Mozart Ludwig_van_Beethoven Johann_Wolfgang_von_Goethe
Friedrich_Schiller Karl_Marx Napoleon_Bonaparte|Napoléon_Bonaparte|Napoleone_Bonaparte|Napoleon_Bonaparte
Victor_Hugo Leonardo_da_Vinci|Léonard_de_Vinci|Leonardo_da_Vinci|Leonardo_da_Vinci
Michelangelo|Michel-Ange|Michelangelo|Michelangelo Galileo_Galilei|Galilée|Galileo_Galilei|Galileo_Galilei
Christoph_Kolumbus|Christophe_Colomb|Cristoforo_Colombo|Christopher_Columbus
Julius_Caesar|Jules_César|Giulio_Cesare|Julius_Caesar
Karl_der_Große|Charlemagne|Carlo_Magno|Charlemagne
Katharina_die_Große|Catherine_la_Grande|Caterina_la_Grande|Catherine_the_Great Albert_Einstein
Isaac_Newton Charles_Darwin William_Shakespeare Marie_Curie Alexander_von_Humboldt Immanuel_Kant
Giuseppe_Verdi Giuseppe_Garibaldi Dante_Alighieri
Johanna_von_Orléans|Jeanne_d'Arc|Giovanna_d'Arco|Joan_of_Arc
Martin_Luther|Martin_Luther|Martin_Lutero|Martin_Luther Aristoteles|Aristote|Aristotele|Aristotle
Platon|Platon|Platone|Plato Homer|Homère|Omero|Homer Vergil|Virgile|Virgilio|Virgil
George_Washington Abraham_Lincoln Winston_Churchill Ludwig_XIV.|Louis_XIV|Luigi_XIV|Louis_XIV
Friedrich_II.|Frédéric_II|Federico_II|Frederick_II
Franz_von_Assisi|François_d'Assise|Francesco_d'Assisi|Francis_of_Assisi
Maria_Theresia|Marie-Thérèse|Maria_Teresa|Maria_Theresa Frédéric_Chopin Claude_Monet
Vincent_van_Gogh Pablo_Picasso Simón_Bolívar Marco_Polo Sigmund_Freud Rosa_Luxemburg Robert_Bosch
Clara_Schumann Richard_Wagner Johannes_Brahms Franz_Kafka Thomas_Mann Hannah_Arendt Jules_Verne
Émile_Zola Simone_de_Beauvoir Charles_de_Gaulle Jean-Jacques_Rousseau Voltaire Molière Jane_Austen
Charles_Dickens Virginia_Woolf Agatha_Christie Ada_Lovelace Alan_Turing Benjamin_Franklin
Thomas_Edison Mark_Twain Antonio_Vivaldi Niccolò_Machiavelli Alessandro_Manzoni Grazia_Deledda
Maria_Montessori Enrico_Fermi Emmy_Noether Sophie_Germain Mary_Shelley
"""

ORGANISATIONS = """
UNESCO UNICEF NATO|OTAN|NATO|NATO WHO|OMS|OMS|WHO EU|UE|UE|EU FIFA UEFA NASA ESA Greenpeace
Amnesty_International Interpol Google Microsoft Apple Intel Amazon Nokia Samsung Sony Toyota Honda
Siemens BMW Volkswagen Bayer Adidas Puma Lufthansa Renault Peugeot Michelin Airbus Air_France Fiat
Ferrari Olivetti Shell Ford Boeing General_Motors BBC CNN Nestlé Novartis Ikea Volvo Real_Madrid
FC_Barcelona Ajax_Amsterdam Benfica_Lissabon|Benfica_Lisbonne|Benfica_Lisbona|Benfica_Lisbon
Rotes_Kreuz|Croix-Rouge|Croce_Rossa|Red_Cross Weltbank|Banque_mondiale|Banca_Mondiale|World_Bank
Europarat|Conseil_de_l'Europe|Consiglio_d'Europa|Council_of_Europe
Internationales_Olympisches_Komitee|Comité_international_olympique|Comitato_Olimpico_Internazionale|International_Olympic_Committee
Weltgesundheitsorganisation|Organisation_mondiale_de_la_santé|Organizzazione_Mondiale_della_Sanità|World_Health_Organization
The_Beatles Rolling_Stones Queen Metallica Genesis Nirvana Pink_Floyd Oasis Kraftwerk Daft_Punk
"""

# Names that are words as well, by which nobody can learn that words may be names unless they are in
# training as both. Of their like others are held out.
KEPT = """
Essen Wolf Kaiser Koch Singen Halle Nizza Pierre Petit Tours Orange Rose Rosa Potenza Monti Prato
Vittoria Leone Reading Bath Baker Grace King Rugby
"""
