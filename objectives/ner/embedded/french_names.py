"""French names of the embedded corpus and what is made of them, in the notation of `grammar`.

Many are words as well (Pierre, Petit, Tours, Orange), and are in the sentences as both.
"""

NAMES = """
@male names
Pierre Jean Michel Philippe Alain Jacques Bernard Claude Patrick Christian Gérard Daniel André René
Marcel Louis Henri Robert Georges Roger Paul Maurice Charles Émile Albert Gaston Léon Jules Eugène
François Nicolas Laurent Olivier Thierry Pascal Didier Bruno Marc Luc Mathieu Julien Guillaume
Antoine Alexandre Vincent Sébastien Thomas Hugo Arthur Raphaël Gabriel Adrien Benoît Cédric Damien
Étienne Fabrice Gilles Guy Hervé Jérôme Joseph Lucien Martin Maxime Noël Raymond Rémi Romain Serge
Simon Sylvain Théo Tristan Victor Yves Yann Constant Désiré Clément Juste Modeste Parfait Prosper
@female names
Marie Rose Jeanne Françoise Monique Catherine Nathalie Isabelle Sylvie Jacqueline Martine Anne Christine
Nicole Valérie Sophie Sandrine Stéphanie Véronique Céline Chantal Brigitte Hélène Suzanne Marguerite
Denise Louise Yvonne Germaine Lucie Alice Camille Léa Manon Chloé Emma Inès Julie Juliette Pauline
Mathilde Charlotte Élise Florence Geneviève Madeleine Odette Simone Thérèse Agnès Cécile Claire
Violette Marine Olive Victoire Blanche Aimée Clémence Prudence Reine France Constance Céleste Perle
@surname names
Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy
Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller
Lefèvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia
Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont
Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière Lucas Brunet Gaillard
Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger Fabre
Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet
Rolland Leclercq Guillaume Lecomte Lopez Jean Dupuy Guillot Hubert Berger Carpentier Sanchez Dupuis
Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier
Marty Aubry Guyot Carré Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé
Schneider Loiseau Boulanger Poisson Forêt Lapierre Marteau Court Page Bois Perle Castel Tessier
@royal names
Louis Charles Henri Philippe François Jean Napoléon
@region names
Bretagne Normandie Bourgogne Alsace Lorraine Provence Corse Picardie Champagne Auvergne Savoie
Gascogne Wallonie Bavière Saxe Rhénanie Toscane Lombardie Sicile Sardaigne Catalogne Andalousie
Californie Floride Louisiane Bohême Galice Acadie Aquitaine Vendée Dordogne
@river_m names
Rhône Rhin Doubs Lot Tarn Gers Var Cher Gard Danube Nil Pô Tibre Mississippi
@river_f names
Seine Loire Garonne Saône Marne Meuse Moselle Somme Oise Vienne Creuse Charente Tamise Volga Vire
@mountain names
Mont_Blanc Mont_Ventoux Cervin Vésuve Etna Puy_de_Dôme Canigou Mont_Aigoual Everest Grand_Ballon
@village_start words
Beau Mont Ville Clair Haute Roche Font Bel Champ Vieux Neuf Gros Val Pierre Bois
@village_end words
mont fort lieu court ville puits roche fontaine bourg vallon pré moulin
@castle names
Chambord Chenonceau Versailles Amboise Azay Fontainebleau Vincennes Blois Ussé Villandry Chantilly
@brand names
Citroën Michelin Danone Carrefour Orange Total Casino Leclerc Bouygues Thales Dassault Alstom Bic
Hermès Chanel Dior Lacoste Cartier Hachette Gallimard Flammarion Larousse Vivendi Safran Engie Suez
Monoprix Auchan Moulinex Petit_Bateau Grand_Large Meccano
@party names
PS PCF UMP RPR UDF MRP SFIO Modem Renaissance Ensemble Horizons
@paper names
Figaro Monde Libération Croix Humanité Équipe Point Express Parisien Soir Temps Marianne Voix_du_Nord
@band names
Noir_Désir Téléphone Indochine Air Phoenix Justice Trust Marée_haute Les_Hirondelles Nuit_blanche
Petit_Matin Trois_Rivières La_Boussole Les_Voisins_du_dessus
@field names
Agriculture Culture Justice Santé Recherche Défense Marine Guerre Intérieur Éducation
Environnement Industrie Énergie Statistique Géographie Histoire Physique Chimie Astronomie Musique
Météorologie Archéologie Navigation Économie Aviation
"""

GROUPS = """
@full lines
6* {male} {surname}
4* {female} {surname}
1* {male}-{male} {surname}
1* {male} de {surname}
1* {female} {surname}-{surname}
@unknown lines
[PER {full} ]
@person lines
6* {unknown}
8* {known}
7* [PER {people} ]
2* [PER {royal} {II|III|IV|V|VI} ]
1* {de.known}
1* {it.known}
1* {en.known}
@named lines
8* [PER {surname} ]
1* [PER {de.surname} ]
1* [PER {it.surname} ]
1* [PER {en.surname} ]
@called lines
[PER {male} ]
[PER {female} ]
@city lines
8* [LOC {town} ]
1* [LOC {town_de} ]
1* [LOC {town_it} ]
1* [LOC {town_en} ]
2* [LOC {town_world} ]
@land lines
3* [LOC {country} ]
1* [LOC {country_m} ]
@region_tag lines
[LOC {region} ]
@village lines
[LOC {village_start}{village_end} ]
[LOC Saint-{male} ]
[LOC Saint-{male}-{sur|en}-{river_f} ]
[LOC Sainte-{female} ]
@place lines
9* {city}
2* {land}
2* {region_tag}
2* {village}
1* [LOC {mountain} ]
1* [LOC château de {castle} ]
1* [LOC {gare|cathédrale|arrondissement|canton} de {town} ]
1* {street}
@street lines
[LOC {rue|place|avenue|boulevard} {male} {surname} ]
[LOC {rue|place} {surname} ]
[LOC {rue|place|avenue} {people} ]
[LOC {rue|porte|quai} de {town} ]
@company lines
2* [ORG {surname} {SA|SARL|SAS} ]
2* [ORG {male} {surname} {SA|SAS} ]
1* [ORG {surname} & {surname} ]
1* [ORG {surname} et Fils ]
1* [ORG Établissements {surname} ]
1* [ORG {Éditions|Groupe|Maison|Banque} {surname} ]
1* [ORG {Banque|Tramways|Chantiers} de {town} ]
6* [ORG {brand} ]
5* [ORG {organisation} ]
1* [ORG {de.brand} ]
1* [ORG {it.brand} ]
1* [ORG {en.brand} ]
@any_club lines
6* [ORG {FC|AS|RC|SC|Stade|OGC|Olympique|US} {town} ]
1* [ORG {Stade|Racing Club|Sporting Club} de {town} ]
1* [ORG Olympique de {town} ]
1* [ORG Cercle Saint-{male} {town} ]
@club lines
4* {any_club}
6* {known_club}
1* {de.known_club}
1* {it.known_club}
1* {en.known_club}
@school lines
4* [ORG {université|académie|observatoire} de {town} ]
1* [ORG université {people} ]
1* [ORG {known} {SA|SAS} ]
1* [ORG université {town} {I|II|III} ]
1* [ORG {lycée|collège|hôpital} {male}-{surname} ]
1* [ORG {lycée|collège} Saint-{male} ]
1* [ORG école nationale de {field} ]
1* {de.school}
1* {en.school}
@office lines
2* [ORG {ministère|direction|secrétariat} de la {field} ]
1* [ORG Institut national de la {field} ]
1* [ORG Société française de {field} ]
1* [ORG Fondation {known} ]
2* [ORG {diocèse|parlement|opéra|conservatoire} de {town} ]
4* [ORG {party} ]
@media lines
2* [ORG {paper} ]
1* [ORG {Journal|Courrier|Gazette} de {town} ]
1* [ORG Radio {town} ]
@music lines
3* [ORG {band} ]
1* [ORG Orchestre de {town} ]
1* [ORG {quatuor|trio} {surname} ]
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
