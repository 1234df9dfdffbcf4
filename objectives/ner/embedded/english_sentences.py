"""English sentences of the embedded corpus and their words, in the notation of `grammar`."""

WORDS = """
@headword words
Reading Bath Battle Sandwich Rugby Deal Sale Wells Apple Shell Orange Grace Hope Joy Faith Rose Baker
Cook Hunter King Bishop Knight Page Stone Winter Snow Swan Fox Wolf Time Nature Cream Castle Bridges
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
{month} {dd} ,
@month words
January February March April May June July August September October November December
@job words
baker cook smith hunter mason carpenter fisher shepherd weaver potter painter poet footballer singer
composer physicist bishop knight king page butler porter miller
@title words
Dr. Mr. Mrs. President Prime_Minister General Bishop King Pope Captain Professor Coach Mayor Judge
Sir Lady Knight Marshall Baker Abbott Shepherd
@animal words
fox wolf swan bull lamb crane drake finch jaguar bird
@stone words
Reading Grace Hope Faith Joy Battle Stone Winter Rose Price Sandwich Rugby Bath Time Nature Swan
Summer Dawn Daisy Ivy Lily Pearl Silver Gold Snow Frost Castle Church King Knight Hunter Baker
@old words
church bridge mill castle tower wall park street field bath well gate
@where words
wood lake field marsh valley park moss hill garden
@play words
novel film story poem painting study thriller handbook
@adj words
young old long rich small strong sharp noble first last
@demonym words
English Scottish Welsh Irish German French Italian American Canadian Bavarian Sicilian
"""

SENTENCES = """
@sentence lines
2* {person} ( born {day} {year} in {city} )
2* {person} ( {job} )
{person} ( {life} ) , {demonym} {job}
* {person} , {job} and {job} ( {year} )
{year} : {person} , {job}
{person} , {job} from {city}
2* REDIRECT {thing}
3* see also {thing}
2* * {thing}
'' {thing} ''
{thing} ( disambiguation )
{thing} , {year}
2* List : {thing} , {thing} , {thing}
2* {thing} and {thing}
Category : {thing}
2* {person} was born in {city} in {year} .
{person} died on {day} {year} in {place} .
{person} studied at {school} .
{person} played for {club} and {club} .
From 19{d}{d} to 20{0|1}{d} he managed {club} .
In {year} he moved from {club} to {club} .
In the final {club} beat {club} {d} - {d} .
2* {club} {d} - {d} {club}
{title} {named} visited {city} in {month} {year} .
2* {title} {person} resigned in {year} .
The {job} {person} lived in {city} .
Directed by {person} , music by {person}
Starring {person} , {person} and {called}
{person} as {called}
{called} and {called} live in {city} .
{called} is a given name .
{named} is a surname .
{named} was a pupil of {person} .
{named} v. {named} , {year}
Election of {unknown} ( {party_tag} ) in {city}
{person} worked for {company} in {city} .
2* {company} , based in {city}
{company} bought {company} in {year} .
Shares of {company} fell in {month} .
2* {org} was founded in {year} .
Logo of {org}
2* {org} , {place}
Headquarters of {org} in {city}
Spokesman : {person} ( {office} )
{party_tag} lost the {year} election in {region_tag} .
{media} reported on {org} in {month} .
{music} live in {city} , {year}
Album by {music} ( {year} )
2* {place} is in {place} .
2* {city} , {land}
2* {city} ( {land} )
{city} , {region_tag} , {land}
The village of {village} is in {region_tag} .
The River [LOC {river} ] flows through {city} .
The bridge over the [LOC {river} ] opened in {year} .
View of {place} from the {old}
Road from {city} to {city} , {dd} km
Map of {place} , c. {year}
{city} 's mayor is {person} .
{person} 's {play} appeared in {year} .
Grave of {person} in {village}
Statue of {person} , {place}
The house is on {street} in {city} .
{dd} km south of {place}
The {demonym} {old} burned down in {year} .
The {animal} lives in the {where} .
{stone} and {stone} , {play} of {year}
Reading the {play} took {dd} days .
A hot bath in the {old} cost {dd} pence .
The {adj} {job} left the {where} in {month} .
Baker and {job} wanted , {month} {year}
Reading room of the {old} ( {year} )
Bath , bed and breakfast at the {old}
The {old} and the {where} , {year}
A {job} and a {animal} by the {old}
Grace and hope kept the {job} going in {year} .
Battle in the {where} , {day} {year}
Cook for {dd} minutes , serve with bread .
In May and June the {animal} sleeps in the {where} .
Hunter and {animal} , {play} , {year}
The price of a {play} rose in {month} .
{dd} copies of the {play} , {year}
Arms : a {animal} over a {old}
" {stone} " , {play} by {person}
The {play} " {headword} " is by {person} .
{person} , " {headword} " , {city} {year}
@party_tag lines
[ORG {party} ]
"""

TEXTS = (WORDS, SENTENCES)
