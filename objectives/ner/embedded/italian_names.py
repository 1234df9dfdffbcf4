"""Italian names of the embedded corpus and what is made of them, in the notation of `grammar`.

Many are words as well (Rosa, Monti, Potenza, Prato), and are in the sentences as both.
"""

NAMES = """
@male names
Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco
Domenico Bruno Paolo Michele Giorgio Aldo Sergio Luciano Marco Andrea Stefano Roberto Alessandro
Matteo Lorenzo Davide Luca Simone Federico Riccardo Fabio Massimo Claudio Enrico Emilio Ettore
Felice Filippo Gabriele Giacomo Gino Guido Leone Leonardo Maurizio Nicola Oreste Pasquale Raffaele
Renato Rocco Romano Sandro Silvio Tommaso Ugo Umberto Valerio Vittorio Walter Alberto Alfredo Amedeo
Benedetto Cesare Corrado Daniele Dario Edoardo Fausto Gaetano Gennaro Ivo Livio Mauro Nino Primo
@female names
Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Carmela Caterina Francesca Antonietta Carla
Elena Concetta Rita Margherita Franca Paola Laura Giulia Chiara Sara Martina Valentina Alessandra
Silvia Elisa Federica Roberta Simona Cristina Monica Barbara Daniela Patrizia Vittoria Grazia Bianca
Serena Gioia Stella Viola Perla Fortuna Costanza Speranza Aurora Alba Allegra Luce Letizia Marina
Beatrice Camilla Cecilia Donatella Eleonora Emma Fiorella Gemma Ilaria Lidia Livia Nora Ornella
@surname names
Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De_Luca
Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso
Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Lombardo Serra Coppola De_Santis Marchetti
Parisi Villa Conte Ferraro Ferri Fabbri Bianco Marini Grasso Valentini Messina Sala De_Angelis Gatti
Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo Morelli Amato Silvestri Mazza Testa Grassi
Pellegrino Carbone Giuliani Benedetti Barone Rossetti Caputo Montanari Guerra Palmieri Bernardi
Martino Fiore De_Rosa Ferretti Bellini Basile Riva Donati Piras Vitali Battaglia Sartori Neri
Costantini Milani Pagano Ruggiero Sorrentino D'Amico Orlando Negri Mantovani Lupo Sarto Verdi Pace
Basso Bello Alberti Volpe Falco Orsini Medici Pastore Molinari Ferraris Corti Prati Selva Lago Ponte
Rocca Sordi Magri Zucca Pesce Cardinale Papa Re Abate Marchese Monaco
@royal names
Vittorio_Emanuele Umberto Carlo_Alberto Federico Ferdinando Amedeo Ruggero Luigi Carlo
@region names
Toscana Lombardia Piemonte Veneto Liguria Umbria Marche Lazio Abruzzo Molise Campania Puglia
Basilicata Calabria Sicilia Sardegna Baviera Sassonia Borgogna Provenza Bretagna Catalogna Andalusia
California Florida Istria Dalmazia Tirolo Boemia Galizia Savoia
@river_m names
Po Tevere Arno Adige Ticino Adda Piave Tanaro Volturno Reno Danubio Nilo Tamigi Mississippi
@river_f names
Dora Loira Senna Garonna Mosa Mosella Secchia Sesia Bormida Trebbia
@mountain names
Monte_Bianco Monte_Rosa Cervino Vesuvio Etna Gran_Sasso Marmolada Monviso Gran_Paradiso Monte_Amiata
@village_start words
Monte Castel Campo Borgo Pietra Rocca Villa Acqua Val Serra Torre
@village_end words
bello forte verde nuovo rosso chiaro lungo leone fiorito santo longo secco
@castle names
Miramare Venaria Stupinigi Racconigi Caserta Fénis Gradara Sammezzano
@brand names
Pirelli Barilla Ferrero Lavazza Illy Benetton Prada Gucci Versace Armani Lancia Piaggio Vespa Ducati
Mondadori Einaudi Feltrinelli Rizzoli Zanichelli Laterza Eni Enel Edison Leonardo Sole Perugina Motta
Luxottica Tim Campari Fila Diadora Zanussi
@party names
DC PCI PSI PLI PRI PD Lega Margherita Ulivo Quercia Forza
@paper names
Stampa Repubblica Unità Messaggero Mattino Giornale Avvenire Manifesto Tempo Foglio Espresso Panorama
Gazzetta_del_Sud
@band names
Pooh Nomadi Stadio Litfiba Premiata_Forneria Le_Orme Il_Volo Matia_Bazar Negramaro Mare_calmo
Vento_di_Levante Le_Ombre Quattro_Stagioni Notte_chiara
@field names
Salute Difesa Giustizia Cultura Ricerca Finanza Marina Guerra Pubblica_Istruzione Agricoltura
Industria Statistica Geofisica Fisica Astronomia Musica Medicina Matematica Navigazione Economia
Archeologia Geografia
"""

GROUPS = """
@full lines
6* {male} {surname}
4* {female} {surname}
1* {male} {male} {surname}
1* {female} {surname} {surname}
@unknown lines
[PER {full} ]
@person lines
6* {unknown}
8* {known}
7* [PER {people} ]
2* [PER {royal} {I|II|III|IV} ]
1* {de.known}
1* {fr.known}
1* {en.known}
@named lines
8* [PER {surname} ]
1* [PER {de.surname} ]
1* [PER {fr.surname} ]
1* [PER {en.surname} ]
@called lines
[PER {male} ]
[PER {female} ]
@city lines
8* [LOC {town} ]
1* [LOC {town_de} ]
1* [LOC {town_fr} ]
1* [LOC {town_en} ]
2* [LOC {town_world} ]
@land lines
3* [LOC {country} ]
1* [LOC {country_m} ]
@region_tag lines
[LOC {region} ]
@village lines
[LOC {village_start}{village_end} ]
[LOC {Castel|Monte|Borgo|Porto} San {male} ]
[LOC Santa {female} ]
[LOC {Villa|Torre} {surname} ]
[LOC {town} {Marittima|Superiore|Terme} ]
@place lines
9* {city}
2* {land}
2* {region_tag}
2* {village}
1* [LOC {mountain} ]
1* [LOC castello di {castle} ]
1* [LOC {stazione|duomo|provincia|ducato} di {town} ]
1* {street}
@street lines
[LOC {via|piazza|corso|viale} {male} {surname} ]
[LOC {via|piazza} {surname} ]
[LOC {via|piazza|corso} {people} ]
[LOC {via|porta} {town} ]
@company lines
2* [ORG {surname} {S.p.A.|S.r.l.} ]
2* [ORG {male} {surname} {S.p.A.|Editore} ]
1* [ORG {surname} & {surname} ]
1* [ORG Fratelli {surname} ]
1* [ORG {Officine|Edizioni|Gruppo|Cantine} {surname} ]
1* [ORG {Banca|Cassa di Risparmio|Cantieri} di {town} ]
6* [ORG {brand} ]
5* [ORG {organisation} ]
1* [ORG {de.brand} ]
1* [ORG {fr.brand} ]
1* [ORG {en.brand} ]
@any_club lines
6* [ORG {AC|AS|US|Calcio|Virtus|Pro|Dinamo|Atletico} {town} ]
1* [ORG {town} {Calcio|Basket|Volley} ]
1* [ORG Unione Sportiva {town} ]
1* [ORG Polisportiva San {male} ]
@club lines
4* {any_club}
6* {known_club}
1* {de.known_club}
1* {fr.known_club}
1* {en.known_club}
@school lines
4* [ORG {Università|Politecnico|Accademia|Ateneo} di {town} ]
1* [ORG Università degli Studi di {town} ]
1* [ORG {Liceo|Istituto|Ospedale} {male} {surname} ]
1* [ORG Collegio San {male} ]
1* {de.school}
1* {en.school}
@office lines
2* [ORG {Ministero|Direzione|Dipartimento} della {field} ]
1* [ORG Istituto Nazionale di {field} ]
1* [ORG Società Italiana di {field} ]
1* [ORG Fondazione {known} ]
1* [ORG {known} S.p.A. ]
2* [ORG {Diocesi|Tribunale|Teatro|Conservatorio} di {town} ]
4* [ORG {party} ]
@media lines
2* [ORG {paper} ]
1* [ORG {Gazzetta|Corriere|Giornale} di {town} ]
1* [ORG Radio {town} ]
@music lines
3* [ORG {band} ]
1* [ORG Orchestra di {town} ]
1* [ORG {Quartetto|Trio} {surname} ]
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
