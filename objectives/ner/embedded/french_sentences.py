"""French sentences of the embedded corpus and their words, in the notation of `grammar`."""

WORDS = """
@headword words
Pierre Rose Marguerite Orange Tours Sens Victoire Fontaine Moulin Berger Poisson Renard Marchand Page
Olive Perle Marine Justice Horizons Rivière Chevalier Croix Point Temps Monde Reine Marteau Violette
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
2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
@day lines
{dd} {month}
1er {month}
@month words
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
@job words
boulanger boucher berger marchand meunier charpentier barbier chevalier peintre sculpteur poète
romancier footballeur cycliste chanteur compositeur physicien médecin peintre général baron page roi
@title words
Dr. président général ministre maire cardinal pape roi capitaine docteur professeur
Boulanger Chevalier Maître Baron Comte Roi Page
@animal words
renard loup poisson lapin cerf faucon castor lion chat merle
@stone words
Pierre Rose Perle Fontaine Rivière Tour Croix Olive Marguerite Violette Reine Forêt Lettre
@old words
moulin pont château marteau puits lavoir court marché bois mur champ vieux-port
@where words
vallée forêt plaine ville rue rivière vigne cave cour montagne
@play words
roman film récit poème tableau roman-photo recueil conte manuel
@adj words
petit grand vieux jeune premier dernier bon brun roux noir
@demonym words
parisienne lyonnaise bretonne normande niçoise lilloise bordelaise nantaise alsacienne marseillaise
"""

SENTENCES = """
@sentence lines
2* {person} ( né le {day} {year} à {city} )
2* {person} ( {job} )
{person} ( {life} ) , {job} et {job}
* {person} , {job} français ( {year} )
{year} : {person} , {job}
{person} , {job} de {city}
2* REDIRECTION {thing}
3* voir aussi {thing}
2* * {thing}
'' {thing} ''
{thing} ( homonymie )
{thing} , {year}
2* Liste : {thing} , {thing} , {thing}
2* {thing} et {thing}
Catégorie : {thing}
2* {person} naît en {year} à {city} .
{person} meurt le {day} {year} à {city} .
Études de {person} : {school} .
{person} joue pour {club} puis {club} .
De 19{d}{d} à 20{0|1}{d} , il entraîne {club} .
En {year} , il quitte {club} pour {club} .
En finale , {club} bat {club} {d} à {d} .
2* {club} - {club} : {d} - {d}
Le {title} {named} visite {city} en {month} {year} .
2* {M.|Mme|Dr.|Président} {person} démissionne en {year} .
Le {job} {person} vit à {city} .
Réalisation : {person} , musique : {person}
Avec {person} , {person} et {called}
{person} : {called}
{called} et {called} habitent à {city} .
{called} est un prénom .
{named} est un nom de famille .
{named} est l' élève de {person} .
{named} contre {named} , {year}
Élection de {unknown} ( {party_tag} ) à {city}
{person} travaille chez {company} à {city} .
2* {company} , dont le siège est à {city}
{company} rachète {company} en {year} .
L' action de {company} baisse en {month} .
2* {org} est fondé en {year} .
Logo de {org}
2* {org} , {place}
Siège de {org} à {city}
Porte-parole : {person} ( {office} )
Aux élections de {year} , {party_tag} recule en {region_tag} .
Selon {media} , {org} quitte {city} .
Concert de {music} à {city} , {year}
Album de {music} ( {year} )
2* {city} se trouve en {region_tag} .
2* {city} , {land}
2* {city} ( {land} )
Il vit en [LOC {country} ] puis au [LOC {country_m} ] .
La commune de {village} est en {region_tag} .
Le [LOC {river_m} ] traverse {city} .
Le pont sur la [LOC {river_f} ] date de {year} .
Vue de {place} depuis le {old}
Ligne de {city} à {city} , {dd} km
Carte de {place} vers {year}
Le maire de {city} est {person} .
« {stone} » , {play} de {person}
Tombe de {person} à {village}
Hommage à {person} , {place}
La maison se trouve {street} , à {city} .
À {dd} km au sud de {place}
La vieille ville {demonym} brûle en {year} .
Le {animal} vit dans la {where} .
La {where} est en {pierre|fleur|marche} depuis {year} .
{stone} et {stone} , {play} de {year}
Le {old} de {pierre|bois} date de {year} .
Le {adj} {job} quitte la {where} en {month} .
Les deux tours et le {old} datent de {year} .
Un {animal} et un {job} près du {old}
Le {job} vend une orange , une rose ou un {animal} .
Pierre taillée , {old} et {old} , {year}
Rose des vents sur le {old} ( {year} )
Petit {play} de {dd} pages
Blason : un {animal} sur un {old}
Au sens propre , le {job} n' a pas de {old} .
Le {adj} {animal} nage dans la {where} le {day} .
{dd} exemplaires du {play} , {year}
La chanson « Nice Day » sort le {day} {year} .
Les tours de {city} , {play} du {job} {named}
Le {play} « {headword} » est de {person} .
{person} , « {headword} » , {city} {year}
@party_tag lines
[ORG {party} ]
"""

TEXTS = (WORDS, SENTENCES)
