"""English names of the embedded corpus and what is made of them, in the notation of `grammar`.

Many are words as well (Reading, Bath, Baker, Grace), and are in the sentences as both.
"""

NAMES = """
@male names
James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew
Anthony Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Edward Ronald Timothy Jason
Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel
Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry Tyler Aaron Henry Peter Walter Arthur
Albert Bill Will Grant Chase Dean Miles Victor Rich Art Gene Max Guy Earl Duke Martin Simon Neil
Graham Nigel Keith Stuart Malcolm Angus Duncan Owen Rhys Ewan Hugh Ralph Roy Ernest Cecil Basil
@female names
Mary Grace Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Margaret
Sandra Ashley Kimberly Emily Donna Michelle Carol Amanda Dorothy Melissa Deborah Stephanie Rebecca
Laura Sharon Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Rose
Hope Joy Faith May June April Summer Dawn Lily Ivy Daisy Violet Ruby Pearl Amber Olive Hazel
Iris Jade Charity Prudence Alice Agnes Edith Florence Mabel Ethel Harriet Jane Charlotte Beatrice
@surname names
Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Taylor Moore Jackson Martin
Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams
Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards
Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox
Richardson Wood Watson Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Powell
Sullivan Russell Fisher Henderson Cole West Jordan Reynolds Graham Wallace Woods Butler Simmons
Barnes Fox Stone Wolf Swan Rice Black Hunter Mason Knight Bishop Carpenter Page Field Rivers Lake
Rose Day Winter Frost Snow Waters Banks Park Street Church Castle Bridges Marsh Moss Berry Bird Drake
Finch Crane Bull Lamb Shepherd Archer Potter Porter Sawyer Cutler Glover Weaver Chapman Abbott Dean
Pope Noble Rich Sharp Short Small Sweet Strong Swift Gold Silver Steel Marshall O'Brien Fitzgerald
Burton Ashton Clayton Hamilton Kensington Lincoln Preston
@royal names
Henry Edward George Charles William Richard James Elizabeth Mary Victoria Anne
@region names
Cornwall Devon Kent Sussex Yorkshire Essex Wales Ulster Texas California Florida Virginia Georgia
Ohio Oregon Maine Utah Nevada Alaska Ontario Quebec Bavaria Saxony Tuscany Sicily Burgundy Normandy
Brittany Catalonia Bohemia Tyrol Queensland Victoria
@river names
Thames Severn Avon Trent Tyne Hudson Mississippi Missouri Ohio Potomac Danube Rhine Nile Po Tiber
Snake Platte Tweed Tees
@mountain names
Mount_Everest Ben_Nevis Snowdon Mount_Rainier Pikes_Peak Mont_Blanc Matterhorn Vesuvius Mount_Etna
Table_Mountain Half_Dome
@village_start words
Ash Oak Hart Brad Ox Nor Sut Wal Kirk Black White Stone Wood Green Swan Fox King Long
@village_end words
ford ton ham bury field ley combe worth stead wick well brook bridge
@castle names
Windsor Balmoral Warwick Leeds Bodiam Alnwick Stirling Arundel Corfe Raglan Conwy
@brand names
Apple Shell Orange Gap Target Boots Next Virgin Jaguar Rover Mini Triumph Morgan Ford Chrysler Tesla
Boeing Lockheed Kodak Polaroid Xerox Pfizer Walmart Starbucks Visa Oracle Sun Penguin Macmillan
Faber Barclays Lloyds Tesco Sainsbury Cadbury Marvel Pixar
@party names
Labour Conservatives Liberals Greens Whigs Tories Plaid_Cymru SNP Democrats Republicans Sinn_Féin
@paper names
Times Guardian Observer Independent Mirror Sun Economist Nature Time Life Newsweek Post Standard
Spectator
@band names
Oasis Blur Pulp Genesis Yes Cream Free Bread Kansas Boston Chicago Europe Travis Keane Garbage
Winter_Harbour The_Lighthouse_Keepers Second_Monday Paper_Rivers
@field names
Health Defence Education Justice Agriculture Transport Energy Labor Commerce Science Culture Finance
Physics Chemistry Astronomy Medicine Music Engineering Statistics History Geography Archaeology
Linguistics Navigation
"""

GROUPS = """
@full lines
6* {male} {surname}
4* {female} {surname}
1* {male} {initial} {surname}
1* {female} {male} {surname}
1* {male} {surname} {Jr.|Sr.}
@initial words
A. B. C. D. E. F. G. H. J. K. L. M. P. R. S. T. W.
@unknown lines
[PER {full} ]
@person lines
6* {unknown}
8* {known}
7* [PER {people} ]
2* [PER {royal} {I|II|III|IV|V} ]
1* {de.known}
1* {fr.known}
1* {it.known}
@named lines
8* [PER {surname} ]
1* [PER {de.surname} ]
1* [PER {fr.surname} ]
1* [PER {it.surname} ]
@called lines
[PER {male} ]
[PER {female} ]
@city lines
8* [LOC {town} ]
1* [LOC {town_de} ]
1* [LOC {town_fr} ]
1* [LOC {town_it} ]
2* [LOC {town_world} ]
@land lines
3* [LOC {country} ]
1* [LOC {country_m} ]
@region_tag lines
[LOC {region} ]
@village lines
2* [LOC {village_start}{village_end} ]
1* [LOC {village_start}{village_end}-on-{river} ]
1* [LOC {Great|Little|Upper|Lower} {village_start}{village_end} ]
1* [LOC Port {surname} ]
1* [LOC Fort {surname} ]
1* [LOC St {male} ]
@place lines
9* {city}
2* {land}
2* {region_tag}
2* {village}
1* [LOC {mountain} ]
1* [LOC Lake {surname} ]
1* [LOC {castle} Castle ]
1* [LOC {town} {Cathedral|Airport|Road|Station} ]
1* [LOC {surname} County ]
1* {street}
@street lines
[LOC {surname} {Street|Road|Square|Park} ]
[LOC {people} {Bridge|Park} ]
[LOC {known} Park ]
[LOC {town} {Street|Road} ]
@company lines
2* [ORG {surname} {Ltd|Inc.|plc|Corporation} ]
2* [ORG {male} {surname} {Ltd|Inc.} ]
1* [ORG {surname} & {surname} ]
1* [ORG {surname} & Sons ]
1* [ORG {surname} Brothers ]
1* [ORG {surname} {Records|Press|Motors|Bank} ]
1* [ORG {Bank of|Port of} {town} ]
1* [ORG {town} {Building Society|Brewery} ]
6* [ORG {brand} ]
5* [ORG {organisation} ]
1* [ORG {de.brand} ]
1* [ORG {fr.brand} ]
1* [ORG {it.brand} ]
@any_club lines
6* [ORG {town} {United|City|Rovers|Wanderers|Town|Athletic|Rangers} ]
1* [ORG {town} {FC|RFC} ]
1* [ORG {town} {Bulls|Bears|Giants|Tigers|Eagles} ]
1* [ORG AFC {town} ]
@club lines
4* {any_club}
6* {known_club}
1* {de.known_club}
1* {fr.known_club}
1* {it.known_club}
@school lines
3* [ORG University of {town} ]
2* [ORG {town} University ]
1* [ORG {male} {surname} University ]
1* [ORG {surname} College ]
1* [ORG St {male} 's College ]
1* [ORG {town} School of {field} ]
1* [ORG Royal College of {field} ]
1* {de.school}
@office lines
2* [ORG {Ministry|Department|Board} of {field} ]
1* [ORG National Institute of {field} ]
1* [ORG Society for {field} and {field} ]
1* [ORG {known} Foundation ]
1* [ORG {known} {Ltd|Inc.} ]
1* [ORG Diocese of {town} ]
1* [ORG {town} City Council ]
4* [ORG {party} ]
@media lines
2* [ORG {paper} ]
1* [ORG {town} {Herald|Gazette|Chronicle} ]
1* [ORG Radio {town} ]
@music lines
3* [ORG {band} ]
1* [ORG {town} {Symphony|Philharmonic} ]
1* [ORG {surname} {Quartet|Trio} ]
@org lines
4* {company}
4* {club}
2* {school}
2* {office}
1* {media}
1* {music}
@thing lines
3* {person}
3* {place}
3* {org}
1* {headword}
"""

TEXTS = (NAMES, GROUPS)
