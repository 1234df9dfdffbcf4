"""German names of the embedded corpus and what is made of them, in the notation of `grammar`.

Many are words as well (Wolf, Koch, Essen, Singen), and are in the sentences as both.
"""

NAMES = """
@male names
Peter Hans Wolfgang Klaus Michael Thomas Karl Heinrich Friedrich Johann Walter Werner Ernst Otto
Wilhelm Georg Hermann Franz Paul Max Günter Jürgen Andreas Stefan Matthias Bernd Uwe Rolf Kurt
Gerhard Helmut Horst Manfred Dieter Alfred Erich Rudolf Ludwig August Anton Josef Jakob Felix Lukas
Jonas Florian Sebastian Tobias Markus Christian Martin Frank Ralf Kai Sven Lars Jan Tim Jens Dirk
Wolf Winfried Volker Detlef Egon Emil Eugen Konrad Leopold Moritz Oskar Richard Robert Ulrich Xaver
@female names
Maria Anna Monika Petra Sabine Claudia Susanne Ursula Renate Karin Helga Ingrid Gisela Brigitte
Andrea Angelika Elisabeth Katharina Johanna Margarete Gertrud Hedwig Hildegard Charlotte Clara Emma
Frieda Greta Heike Ilse Irmgard Julia Jutta Käthe Lena Lotte Luise Marlene Martha Nina Paula Rosa
Ruth Sandra Silke Stefanie Ulrike Ute Vera Viola Erika Iris Christa Nora Mathilde Wanda
@surname names
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein
Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause
Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang
Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck
Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Schumacher Krämer Vogt Stein
Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl
Engel Horn Busch Bergmann Voigt Sauer Arnold Wolff Pfeiffer Töpfer Schäfer Förster Gärtner Maurer
Bischof Ritter Herzog Adler Hirsch Krebs Hecht Storch Sperling Falke Dachs Frost Sturm Herbst Sand
Kern Ast Zweig Feld Wald Baum Busse Thiele Ebert Nowak Kowalski Reinhardt Lindner Steiner Bach
Pfarrer Sänger Winzer Schmied Kaufmann Stern Berg
@royal names
Friedrich Wilhelm Otto Heinrich Ludwig Karl Leopold Albrecht Konrad Rudolf Maximilian Ferdinand
@region names
Bayern Sachsen Hessen Thüringen Brandenburg Niedersachsen Schleswig-Holstein Mecklenburg Westfalen
Baden Württemberg Franken Schwaben Tirol Kärnten Vorarlberg Steiermark Burgund Lothringen Katalonien
Schlesien Pommern Ostpreußen Böhmen Mähren Sizilien Sardinien Kalifornien Florida Texas Graubünden
@river_m names
Rhein Main Neckar Inn Lech Regen Po Tiber Nil Mississippi Amazonas Ganges Don Ebro
@river_f names
Donau Elbe Isar Weser Spree Mosel Saale Havel Oder Lahn Ruhr Fulda Seine Loire Rhone Themse Wolga
@mountain names
Zugspitze Watzmann Brocken Feldberg Großglockner Matterhorn Eiger Jungfrau Mönch Montblanc Vesuv
Kaiserstuhl Fichtelberg Wendelstein Ortler Dachstein
@village_end words
bach berg dorf feld hausen heim kirchen stein stetten tal hofen rode ingen au brunn
@village_start words
Ober Unter Nieder Neu Alt Groß Klein Hohen Wald Reichen Schön Lang Rosen Linden Birken Eichen Wolfs
Fuchs Stein Winter Königs Kaisers Bischofs Herren Sonnen Kalten Weißen Schwarzen
@castle names
Neuschwanstein Sanssouci Charlottenburg Schönbrunn Nymphenburg Hohenzollern Linderhof Moritzburg
Herrenchiemsee Belvedere Favorite Solitude
@brand names
Henkel Haribo Miele Zeiss Opel Porsche Audi Continental Thyssen Krupp Linde Merck Beiersdorf Tchibo
Rewe Aldi Edeka Otto Steiff Märklin Wella Nivea Knorr Maggi Persil Osram Grundig Telefunken Stihl
@party names
SPD CDU CSU FDP SED KPD Zentrum Linke Grüne
@paper names
Spiegel Stern Zeit Focus Bild Welt Kicker Kurier Handelsblatt Tagesspiegel Wochenblatt Standard
@band names
Spinne Kometen Rammstein Scorpions Mauerblume Nachtzug Silbermond Echolot Zwielicht Sturmvogel
Wolkenbruch Eisblume Sportfreunde_Süd Vier_im_Regen Rote_Laterne
@field names
Finanzen Landwirtschaft Verkehr Umwelt Gesundheit Arbeit Kultur Physik Chemie Biologie Geologie
Mathematik Bildung Wissenschaft Forschung Wirtschaft Justiz Statistik Denkmalpflege Naturschutz
Musik Kunst Sport Luftfahrt Raumfahrt Meeresforschung Astronomie Geschichte Recht
@demonym words
Berliner Münchner Kölner Wiener Hamburger Leipziger Frankfurter Dresdner Stuttgarter Nürnberger
Bremer Basler Zürcher Essener Kasseler Bonner Ulmer Mainzer Grazer Linzer Augsburger Regensburger
"""

GROUPS = """
@full lines
6* {male} {surname}
4* {female} {surname}
1* {male} {male} {surname}
1* {male} von {surname}
1* {female} {surname}-{surname}
1* {male} {d_initial} {surname}
@d_initial words
A. B. C. E. F. G. H. J. K. M. R. W.
@unknown lines
[PER {full} ]
@person lines
6* {unknown}
8* {known}
7* [PER {people} ]
2* [PER {royal} {I.|II.|III.|IV.} ]
1* {fr.known}
1* {it.known}
1* {en.known}
@named lines
8* [PER {surname} ]
1* [PER {fr.surname} ]
1* [PER {it.surname} ]
1* [PER {en.surname} ]
@called lines
[PER {male} ]
[PER {female} ]
@city lines
8* [LOC {town} ]
1* [LOC {town_fr} ]
1* [LOC {town_it} ]
1* [LOC {town_en} ]
2* [LOC {town_world} ]
@land lines
3* [LOC {country} ]
1* [LOC {country_m} ]
@place lines
8* {city}
2* {land}
2* [LOC {region} ]
1* [LOC {village_start}{village_end} ]
1* [LOC {village_start}{village_end} am {river_m} ]
1* [LOC {village_start}{village_end} an der {river_f} ]
1* [LOC {mountain} ]
1* [LOC Schloss {castle} ]
1* [LOC Burg {village_start}{village_end} ]
1* [LOC Kloster {town} ]
1* [LOC Landkreis {town} ]
1* [LOC Bahnhof {town} ]
1* {street}
@street lines
[LOC {surname}straße ]
[LOC {surname}platz ]
[LOC {male}-{surname}-{Straße|Platz|Allee} ]
[LOC {town}er {Straße|Platz|Tor} ]
@company lines
3* [ORG {male} {surname} {GmbH|AG|KG} ]
2* [ORG {surname} {GmbH|AG|KG|SE} ]
1* [ORG {known} {GmbH|AG} ]
1* [ORG {people} GmbH ]
1* [ORG {surname} & {surname} ]
1* [ORG {surname} & Söhne ]
1* [ORG Gebrüder {surname} ]
1* [ORG {Brauerei|Verlag|Weingut|Buchhandlung} {surname} ]
1* [ORG {Stadtwerke|Sparkasse|Volksbank|Verkehrsbetriebe} {town} ]
1* [ORG {town}er {Sparkasse|Bank|Brauerei} ]
6* [ORG {brand} ]
5* [ORG {organisation} ]
1* [ORG {fr.brand} ]
1* [ORG {it.brand} ]
1* [ORG {en.brand} ]
@any_club lines
6* [ORG {FC|SV|TSV|VfL|VfB|SC|Eintracht|Fortuna|Borussia|EHC} {town} ]
2* [ORG 1. {FC|FFC|SC} {town} ]
1* [ORG TSG 18{d}{d} {town} ]
1* [ORG {town} {Lions|Tigers|Eagles|Towers} ]
@club lines
4* {any_club}
6* {known_club}
1* {fr.known_club}
1* {it.known_club}
1* {en.known_club}
@school lines
4* [ORG {Universität|Hochschule|Universitätsklinikum} {town} ]
1* [ORG Technische Universität {town} ]
1* [ORG {male}-{surname}-{Universität|Gymnasium|Schule} ]
1* [ORG {male}-{surname}-Universität {town} ]
1* [ORG Hochschule für {field} {town} ]
1* [ORG Akademie {village_start}{village_end} ]
1* {en.school}
@office lines
2* [ORG {Ministerium|Bundesministerium|Landesamt} für {field} ]
1* [ORG Institut für {field} ]
1* [ORG Gesellschaft für {field} und {field} ]
1* [ORG Max-Planck-Institut für {field} ]
1* [ORG {male}-{surname}-Stiftung ]
1* [ORG {known} Stiftung ]
2* [ORG {Bistum|Landgericht|Staatstheater|Stadtrat} {town} ]
4* [ORG {party} ]
@media lines
2* [ORG {paper} ]
1* [ORG {demonym} {Zeitung|Nachrichten|Morgenpost} ]
1* [ORG Tagblatt {town} ]
@music lines
3* [ORG {band} ]
1* [ORG {demonym} {Philharmoniker|Symphoniker} ]
1* [ORG {surname} {Trio|Quartett} ]
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
@headword words
Essen Wolf Kaiser Koch Halle Regen Münster Stern Stein Winter Adler Spiegel Zeit Krebs Bach Jungfrau
Mönch Burg Zentrum Bild Welt Sommer Graf Hof Standard Herzog Engel Kern Busch Sturm
"""

TEXTS = (NAMES, GROUPS)
