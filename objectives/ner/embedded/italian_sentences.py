"""Italian sentences of the embedded corpus and their words, in the notation of `grammar`."""

WORDS = """
@headword words
Rosa Potenza Vittoria Grazia Fortuna Leone Prato Massa Latina Alba Margherita Stella Viola Monti Costa
Fontana Villa Guerra Pace Lupo Volpe Gatti Conti Lega Quercia Stampa Tempo Foglio Perla Battaglia
@d words
0 1 2 3 4 5 6 7 8 9
@year lines
4* 19{d}{d}
2* 18{d}{d}
2* 20{0|1}{d}
1* 1{5|6|7}{d}{d}
@life lines
1{5|6|7}{d}{d} - 18{d}{d}
3* 18{d}{d} - 19{d}{d}
2* 19{d}{d} - 20{0|1}{d}
@dd words
2 3 4 5 6 7 9 10 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
@day lines
{dd} {month}
1º {month}
@month words
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
@job words
barbiere pittore poeta calciatore ciclista cantante compositore fisico medico pastore conte re papa
sarto monaco cardinale marchese barone regista ferroviere
@title words
Dr. Prof. presidente ministro sindaco generale cardinale papa re capitano dottore professore Conte
Marchese Barone Cardinale Papa Re
@animal words
lupo leone gatto falco cervo cane castoro pesce merlo
@stone words
Rosa Potenza Vittoria Grazia Fortuna Costanza Viola Stella Perla Guerra Pace Luce Speranza Massa
Battaglia Rocca Volpe Alba
@old words
prato ponte muro pozzo lago mulino borgo monte campo porto mercato
@where words
valle costa villa riva selva piazza rocca fontana vigna cantina
@play words
romanzo film racconto poema dipinto saggio giallo manuale
@adj words
bello basso lungo nero bianco bruno primo rosso piccolo fermo
@demonym words
romana milanese fiorentina veneziana napoletana torinese genovese latina bolognese
"""

SENTENCES = """
@sentence lines
2* {person} ( {city} , {day} {year} )
2* {person} ( {job} )
{person} ( {life} ) , {job} e {job}
* {person} , {job} italiano ( {year} )
{year} : {person} , {job}
{person} , {job} di {city}
2* RINVIA {thing}
3* vedi anche {thing}
2* * {thing}
'' {thing} ''
{thing} ( disambigua )
{thing} , {year}
2* Elenco : {thing} , {thing} , {thing}
2* {thing} e {thing}
Categoria : {thing}
2* {person} nacque nel {year} a {city} .
{person} morì il {day} {year} a {city} .
{person} studiò presso {school} .
{person} giocò con {club} e {club} .
Dal 19{d}{d} al 20{0|1}{d} allenò {club} .
Nel {year} passò da {club} a {club} .
In finale {club} batté {club} {d} a {d} .
2* {club} - {club} {d} - {d}
Il {title} {named} visitò {city} in {month} {year} .
2* {title} {person} si dimise nel {year} .
Il {job} {person} visse a {city} .
Regia di {person} , musiche di {person}
Con {person} , {person} e {called}
{person} : {called}
{called} e {called} vivono a {city} .
{called} è un nome proprio .
{named} è un cognome diffuso in {region_tag} .
{named} fu allievo di {person} .
{named} contro {named} , {year}
Elezione di {unknown} ( {party_tag} ) a {city}
{person} lavora per {company} a {city} .
2* {company} , con sede a {city}
{company} acquistò {company} nel {year} .
Il titolo di {company} scende in {month} .
2* {org} nasce nel {year} .
Logo di {org}
2* {org} , {place}
Sede di {org} a {city}
Portavoce : {person} ( {office} )
Nelle elezioni del {year} {party_tag} vince in {region_tag} .
Secondo {media} , {org} lascia {city} .
Concerto di {music} a {city} , {year}
Album di {music} ( {year} )
2* {city} si trova in {region_tag} .
2* {city} , {land}
2* {city} ( {land} )
Visse in [LOC {country} ] e poi in [LOC {country_m} ] .
{person} lasciò l' isola nel {year} .
Membro dell' accademia di {city} dal {year}
2* L' {allievo|erede|amico} di {person} nacque a {city} .
Il {title} inaugurò l' ospedale di {city} .
L' estate del {year} a {city}
Il comune di {village} si trova in {region_tag} .
Il [LOC {river_m} ] attraversa {city} .
Il ponte sulla [LOC {river_f} ] è del {year} .
Veduta di {place} dal {old}
Linea da {city} a {city} , {dd} km
Mappa di {place} , {year} circa
Il sindaco di {city} è {person} .
« {stone} » , {play} di {person}
Tomba di {person} a {village}
Monumento a {person} , {place}
La casa si trova in {street} , a {city} .
{dd} km a sud di {place}
La città vecchia {demonym} bruciò nel {year} .
Il {animal} vive nella {where} .
La {where} è in {fiore|rovina|vendita} dal {year} .
{stone} e {stone} , {play} del {year}
La potenza del {animal} sorprese il {job} .
Il {old} di {massa|marmo|legno} è del {year} .
Il {adj} {job} lasciò la {where} in {month} .
I conti del {job} tornano nel {year} .
Tra i monti e la costa vive il {animal} .
Un {animal} e un {job} presso il {old}
Rosa dei venti sul {old} ( {year} )
Vittoria in trasferta , {d} a {d} , {day} {year}
Una rosa per il {job} e {dd} per il {animal}
All' alba il {job} era {fermo|fuori|stanco} sul {old} .
Prato e {old} , {dd} ettari
{dd} copie del {play} , {year}
Stemma : un {animal} sopra un {old}
Con grazia e fortuna il {job} vinse nel {year} .
I {dd} gatti del {job} dormono presso il {old} .
Il {play} « {headword} » è di {person} .
{person} , « {headword} » , {city} {year}
@party_tag lines
[ORG {party} ]
"""

TEXTS = (WORDS, SENTENCES)
