"""German sentences of the embedded corpus and their words, in the notation of `grammar`."""

WORDS = """
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
@day lines
{dd}. {month}
@dd words
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
@month words
Januar Februar März April Mai Juni Juli August September Oktober November Dezember
@job words
Koch Bäcker Müller Fischer Weber Schneider Richter Bauer Jäger Schäfer Schmied Zimmermann Förster
Gärtner Maurer Schuster Töpfer Winzer Sänger Maler Pfarrer Lehrer Bischof Graf König Kaiser Herzog
Ritter Schreiber Dichter Schauspieler Politiker Architekt Fußballspieler Komponist Physiker
@title words
Dr. Prof. Präsident Bundeskanzler Minister Bürgermeister General Kardinal Trainer Professor Herr
Papst König Kaiser Regisseur Intendant Kapitän Pfarrer Richter
@animal words
Wolf Fuchs Hahn Hirsch Adler Falke Dachs Storch Sperling Hecht Krebs Luchs Biber Bär Puma Vogel
@season words
Winter Sommer Herbst Frühling Mai August Regen Sturm
@where words
Wald Hof Garten Keller Norden Süden Stadtpark Teich Sumpf Hafen Bach Berg
@old words
Stein Baum Hof Turm Brunnen Keller Altar Stern Markt Berg Bach Busch
@play words
Roman Film Spielfilm Gedichtband Bildband Reiseführer Aufsatz Krimi Zyklus
@adj words
alte kleine große junge berühmte erste letzte neue schwarze weiße
"""

SENTENCES = """
@sentence lines
2* {person} ( * {day} {year} in {city} )
2* {person} ( {job} )
{person} ( {life} ) , {job}
* {person} ( {life} ) , deutscher {job}
{year} : {person} , {job} und {job}
{person} , {job} aus {city}
2* WEITERLEITUNG {thing}
3* siehe auch {thing}
2* * {thing}
'' {thing} ''
{thing} ( Begriffsklärung )
{thing} , {year}
2* Liste : {thing} , {thing} , {thing}
2* {thing} und {thing}
Kategorie : {thing}
2* {person} wurde {year} in {city} geboren .
{person} starb am {day} {year} in {place} .
{person} studierte bis {year} ( {school} ) .
{person} spielte für {club} und {club} .
Von 19{d}{d} bis 20{0|1}{d} war er Trainer bei {club} .
{year} wechselte er von {club} zu {club} .
Im Finale gewann {club} gegen {club} mit {d} : {d} .
2* {club} - {club} {d} : {d}
{title} {named} besuchte {city} im {month} {year} .
2* {title} {person} trat {year} zurück .
Der {job} {person} lebte in {city} .
Regie führte {person} , die Musik schrieb {person} .
In den Hauptrollen : {person} und {person}
{person} als {called}
{called} und {called} leben in {city} .
{called} ist ein Vorname .
{named} ist ein Familienname .
{named} gilt als Schüler von {person} .
{named} gegen {named} , {year}
Nach {named} ist der {old} benannt .
{person} arbeitete bei {company} in {city} .
2* {company} mit Sitz in {city}
{company} übernahm {year} die Mehrheit an {company} .
Die Aktie von {company} fiel im {month} .
2* {org} wurde {year} gegründet .
Logo : {org}
2* {org} , {place}
{office} , Sitz : {city}
Sprecher : {person} ( {office} )
{unknown} ( {party_tag} )
Bei der Wahl {year} verlor die {party_tag} in {region_tag} .
{media} berichtete am {day} über {org} .
Konzert mit {music} in {city}
Album von {music} ( {year} )
2* {place} liegt in {place} .
2* {city} , {land}
2* {city} ( {land} )
Die Gemeinde {place} gehört zu {region_tag} .
Der Ort liegt am [LOC {river_m} ] nahe {city} .
Die Brücke über die [LOC {river_f} ] wurde {year} gebaut .
Blick auf {place} vom {old}
Straße von {city} nach {city}
Karte von {place} , um {year}
{city}s Bürgermeister heißt {person} .
{play} von {person} erschien {year} .
Grab von {person} in {place}
Denkmal für {person} , {place}
Das Haus steht in der {street} in {city} .
{dd} km südlich von {place}
Die {demonym} Altstadt wurde {year} zerstört .
Der {animal} lebt im {where} .
Im {season} {year} fiel viel {Regen|Sand|Schnee} .
Das Essen war {kalt|gut|teuer|gratis} , der {job} {zufrieden|wütend|müde} .
Der {adj} {job} ging im {season} in den {where} .
Der {old} aus dem Jahr {year} ist {erhalten|verloren|sehenswert} .
Die Halle und der {old} wurden {year} erneuert .
Ein {job} und ein {animal} am {old}
Beim Singen und Essen am {day} half der {job} .
Wappen : ein {animal} über einem {old}
{dd}. {play} , {year} , vergriffen
Der {job} fing {dd} Fische , der {animal} keinen .
Nur {dd} Prozent der Bauern kamen im {month} .
Frank und frei sprach der {job} im {month} {year} .
Otto Normalverbraucher zahlt {dd} Euro für einen {old} .
Auf der Burg von {place} wohnte ein {job} .
Vor dem Münster in {city} sprach {title} {named} .
Der {play} „ {headword} “ stammt von {person} .
{person} , „ {headword} “ , {city} {year}
@party_tag lines
[ORG {party} ]
@region_tag lines
[LOC {region} ]
"""

TEXTS = (WORDS, SENTENCES)
