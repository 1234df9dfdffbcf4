"""What people, animals and things do in the captions of the embedded corpus.

A line is `German = English @where`: the German infinitive (`ab-heben` is separable) with its
complements, the English verb phrase, and the classes of places where it is done. `{class.case}`
is a noun phrase; after the case, `+` may be plural, `n` plural, `i` indefinite, `d` definite,
`b` bare, `p` preferably and `P` always with the subject's possessive; `{0}` repeats the first one
in English. A section `[posture person]` gives kind and subjects; within it, frequent lines first.
"""

FRAMES = """
[posture person]
sitzen auf {seat.d} = sit on {0} @urban nature home public
stehen vor {facade.d} = stand in front of {0} @
sitzen an {table.d} = sit at {0} @home public
stehen auf {stand.d} = stand on {0} @
liegen auf {seat.d} = lie on {0} @nature home water
stehen neben {vehicle.d} = stand next to {0} @urban
sitzen neben {kin.dP} = sit next to {0} @urban public
sitzen = sit @urban nature home public
stehen = stand @urban nature water public
lehnen an {facade.d} = lean against {0} @
stehen an {table.d} = stand at {0} @home public
warten auf {transit.a} = wait for {0} @urban
sitzen in {car.d} = sit in {0} @
schlafen auf {seat.d} = sleep on {0} @urban home public
stehen hinter {table.d} = stand behind {0} @public
knien vor {facade.d} = kneel in front of {0} @
stehen in {queue.di} = stand in {0} @urban public
hocken auf {stand.d} = squat on {0} @
sitzen unter {shade.d} = sit under {0} @nature
stehen in {wet.d} = stand in {0} @
warten vor {building.d} = wait outside {0} @
liegen in {soft.d} = lie in {0} @
stehen zwischen {plant.dn} = stand between {0} @nature
schlafen = sleep @home public urban
knien auf {seat.d} = kneel on {0} @public
[action person]
gehen durch {through.a} = walk through {0} @
spielen mit {toy.d+} = play with {0} @nature home water urban
halten {hold.a} = hold {0} @urban nature public
entlang-gehen {path.ad} = walk down|along {0} @
spielen {game.ab} = play {0} @sport nature home
tragen {carry.a} = carry {0} @urban nature
an-sehen sich {look.a+} = look at {0} @urban public
fahren auf {bike.d} = ride {0} @urban nature
reiten auf {mount.d} = ride {0} @nature water
lesen {read.ai} = read {0} @home public urban
überqueren {crossing.a} = cross {0} @
essen {food.ai} = eat {0} @home public urban
springen in {wet.a} = jump into {0} @
laufen über {flat.a} = run across {0} @
trinken {drink.ab} = drink {0} @public home urban
schieben {push.a} = push {0} @urban nature
lächeln = smile @urban public home
werfen {throw.a} = throw {0} @nature sport water
telefonieren = talk on the phone @urban public home
springen über {barrier.a} = jump over {0} @urban nature
sprechen mit {adult.d} = talk to|with {0} @urban public
machen ein Foto von {look.d} = take a picture|photo of {0} @urban nature
klettern auf {climb.a} = climb {0} @nature urban
betrachten {look.a+} = look at|observe {0} @public urban
spazieren_gehen mit {dog.dP} = take {0} for a walk @urban nature
tanzen = dance @stage public home
unterhalten sich mit {adult.d} = have a conversation|chat with {0} @public urban
schauen durch {window.a} = look through {0} @public home urban
umarmen {kin.aP} = hug {0} @urban home public
zeigen auf {look.a} = point at {0} @public urban nature
schwimmen in {wet.d} = swim in {0} @
rennen durch {run.a} = run through {0} @
schreiben {letter.ai} = write {0} @home public
arbeiten an {table.d} = work at {0} @home public
ziehen {push.a} = pull {0} @urban nature
bauen {build.a} = build {0} @nature water workplace
putzen {clean.a} = clean {0} @home public workplace
schlagen {drumlike.a} = beat {0} @stage urban
fotografieren {kin.aP} = photograph {0} @urban nature water
kaufen {goods.ai} = buy {0} @market
aus-steigen aus {car.d} = get out of {0} @urban
ein-steigen in {car.a} = get into {0} @urban
öffnen {open.a} = open {0} @home public urban
malen {picture.a} = paint {0} @home workplace nature
füttern {animal.a+} = feed {0} @nature urban
auf-heben {toy.a} = pick up {0} @nature urban home
vor-lesen {kin.dP} {read.ai} = read {1} to {0} @home public
zu-winken {kin.dP} = wave to {0} @urban
streicheln {animal.a} = pet {0} @nature urban home
waschen sich die Hände = wash {P} hands @home water
waschen sich das Gesicht = wash {P} face @home water
putzen sich die Zähne = brush {P} teeth @home
bei-bringen {kin.dP} einen Trick = teach {0} a trick @nature home
führen {mount.a} durch {through.a} = lead {0} through {1} @
hinunter-rutschen {snowpath.a} = slide down {0} @
rauchen {smoke.ai} = smoke {0} @urban public
küssen {kin.aP} = kiss {0} @urban home public
pflücken {pick.an} = pick {0} @nature
treten gegen {goalball.a} = kick {0} @sport nature
sammeln {pick.an} = collect {0} @water nature
kochen {cookable.a} = cook {0} @home public
schaukeln in {hammock.d} = swing in {0} @nature home
spielen {instrument.ab} = play the {0} @stage urban home
spielen auf {instrument.d} = play {0} @stage urban
an-halten {car.a} = stop {0} @urban
ein-schenken {kin.dP} {drink.ab} = pour {0} some {1} @home public
zu-hören {performer.d} = listen to {0} @stage
zu-sehen {performer.d} = watch {0} @stage
verstecken sich hinter {building.d} = hide behind {0} @
an-zünden {candle.a} = light {0} @home public
aus-pusten {candle.an} = blow out {0} @home public
aus-packen {gift.a} = unwrap {0} @home
an-ziehen sich {top.a} = put on {0} @home
aus-ziehen {shoes.anP} = take off {0} @home water
auf-setzen sich {hat.a} = put on {0} @urban home
steigen auf {climb.a} = climb {0} @nature
fern-sehen = watch television|TV @home
holen {drink.ab} aus {fridge.d} = get {0} from {1} @home
paddeln in {float.d} über {lake.a} = paddle across {1} in {0} @
rudern über {lake.a} = row across {0} @
fahren mit {car.d} durch {drive.a} = drive through {1} in {0} @
angeln = fish @water
suchen nach {lost.d+} = search|look for {0} @nature urban home
heben {carry.a} über den Kopf = lift {0} overhead @urban sport
vorbei-gehen an {building.d} = walk past {0} @
tragen {baby.aP} auf den Schultern = carry {0} on {P} shoulders @urban nature
geben {kin.dP} {hold.a} = give {0} {1} @home urban
zeigen {kin.dP} {look.a} = show {0} {1} @urban public
decken den Tisch = set the table @home
treffen {kin.aP} = meet {0} @urban public
klatschen in die Hände = clap {P} hands @stage sport
ein-cremen sich mit Sonnencreme = put on sunscreen @water
picknicken mit {kin.dP} = have a picnic with {0} @nature water
zelten mit {kin.dP} = camp with {0} @nature
[posture infant]
sitzen auf {infantseat.d} = sit on {0} @home nature
sitzen in {stroller.d} = sit in {0} @urban home
schlafen in {stroller.d} = sleep in {0} @home urban
liegen auf {infantseat.d} = lie on {0} @home
[action infant]
spielen mit {toy.d+} = play with {0} @home nature
lachen = laugh @home urban nature
krabbeln über {floor.a} = crawl across {0} @home
weinen = cry @home urban
essen {infantfood.ai} = eat {0} @home public
schlafen = sleep @home urban
planschen in {wet.d} = splash in {0} @
trinken Milch aus {bottle.d} = drink milk from {0} @home
halten {toy.a} = hold {0} @home
[action child]
spielen in {play.d} = play in {0} @
spielen = play @nature urban home water snow
schaukeln = swing @nature urban
hinunter-rutschen eine Rutsche = slide|go down a slide @urban
graben mit {tool.di} in {sand.d} = dig in {1} with {0} @water
lachen = laugh @home urban nature
weinen = cry @home urban
blasen Seifenblasen = blow bubbles @nature urban
malen mit Kreide auf {swept.a} = draw on {0} with chalk @
jagen {chased.a} = chase {0} @nature urban
springen auf {trampoline.d} = jump on {0} @nature
bauen einen Schneemann = build a snowman @snow
bauen eine Sandburg = build a sandcastle @water
balancieren auf {beam.d} = balance on {0} @nature urban
streiten sich um {toy.a} = fight over {0} @home
essen Zuckerwatte = eat cotton candy @urban
halten {pet.a} in den Armen = hold {0} in {P} arms @nature home
planschen in {wet.d} = splash in {0} @
krabbeln über {floor.a} = crawl across {0} @home
machen Hausaufgaben = do homework @home
lernen {readskill.ab} = learn {0} @
spielen Fangen = play tag @nature urban
[action athlete]
Ski_laufen = ski @snow
Schlittschuh_laufen = ice-skate|skate @snow
fangen {goalball.a} = catch {0} @sport
schießen {goalball.a} ins Tor = shoot {0} into the goal @sport
machen {show.a} = do|perform {0} @sport urban
springen hoch = jump high @sport
schlagen {goalball.a} über das Netz = hit {0} over the net @sport
treffen {goalball.a} mit {racket.d} = hit {0} with {1} @sport
reiten auf {mount.d} durch {through.a} = ride {0} through {1} @
reiten auf {wave.d} = ride {0} @
hoch-klettern an {cliff.d} = climb up {0} @nature
trainieren für {event.a} = train for {0} @sport
dribbeln mit dem Ball = dribble the ball @sport
fallen von {bike.d} = fall off {0} @sport urban
fahren mit {bike.d} durch den Schlamm = ride {0} through the mud @sport
gewinnen {event.ad} = win {0} @sport
überholen {rival.a} = pass|overtake {0} @sport
jubeln nach {score.d} = cheer after {0} @sport
heben Gewichte = lift weights @sport
stürzen auf {ground.a} = crash to {0} @sport
tauchen nach {pearl.dn} = dive for {0} @
surfen auf {wave.di} = surf on {0} @
[action performer]
spielen {instrument.ab} = play the {0} @stage urban
spielen auf {instrument.d} = play {0} @stage urban
singen {song.ai} = sing {0} @stage
auf-treten vor {audience.d} = perform in front of {0} @stage
singen in {mic.a} = sing into {0} @stage
tanzen auf {stage.d} = dance on {0} @
jonglieren mit {juggle.dn} = juggle {0} @stage urban
halten eine Rede = give a speech @stage public
unterhalten {audience.ad} = entertain {0} @stage urban
vor-führen {show.a} = perform {0} @stage
üben {show.a} = practice {0} @stage home
dirigieren {orchestra.a} = conduct {0} @stage
verbeugen sich vor {audience.d} = bow to {0} @stage
stimmen {instrument.aP} = tune {0} @stage
schlucken Feuer = swallow fire @stage urban
[action artisan]
arbeiten an {repair.d} = work on {0} @workplace
reparieren {repair.a} = repair|fix {0} @workplace urban
schneiden {cookable.ai} = cut|slice {0} @home workplace
verkaufen {goods.ain} = sell {0} @market
zu-bereiten {cookable.ab} = prepare {0} @home public
schaufeln {crop.ab} = shovel {0} @workplace nature
streichen {paint.a} = paint {0} @workplace
grillen {cookable.ai} = grill {0} @nature home
benutzen {tool.a} = use {0} @workplace
backen {cake.a} = bake {0} @home public
gießen {plant.a+} = water {0} @nature
hacken {crop.a} = chop {0} @nature workplace
bohren {hole.a} in {wall.a} = drill {0} into {1} @workplace
sägen {material.a} = saw {0} @workplace
laden {carry.an} auf {truck.a} = load {0} onto {1} @urban workplace
schweißen {pipe.a} = weld {0} @workplace
melken {cow.a} = milk {0} @nature
schneiden {kin.dP} die Haare = cut {0}'s hair @home public
messen {material.a} = measure {0} @workplace
um-rühren {stew.ad} = stir {0} @home public
formen {vase.a} aus Ton = shape {0} out of clay @workplace
wechseln {bulb.a} = change {0} @workplace home
aus-laden {carry.an} = unload {0} @workplace urban
pflanzen {tree.a} = plant {0} @nature
mähen {lawn.a} = mow {0} @
schälen {vegetable.an} = peel {0} @home
nähen {top.a} = sew {0} @workplace home
fegen {swept.ad} = sweep {0} @workplace urban
pflügen {field.a} = plow {0} @
scheren {sheep.a} = shear {0} @nature
an-streichen {paint.a} = paint {0} @workplace
weben {rug.a} = weave {0} @workplace
schmieden {sword.a} = forge {0} @workplace
zu-drehen {tap.ad} = turn off {0} @home workplace
ein-schalten {switch.a} = turn on {0} @home workplace
aus-schalten {switch.a} = turn off {0} @home workplace
verlegen {tile.an} = lay {0} @workplace
bedienen {guest.an} = serve {0} @public
[action adult]
auf-passen auf {baby.aP} = look after {0} @home nature
arbeiten auf {roof.d} = work on {0} @
verteilen {leaflet.an} = hand out {0} @urban
gehen in {office.a} = walk into {0} @
heiraten {lover.aP} = marry {0} @
ab-waschen {dishes.a} = wash {0} @home
bügeln {top.a} = iron {0} @home
auf-hängen {laundry.a} = hang up {0} @nature home
demonstrieren gegen {protest.a} = protest against {0} @urban
betreten {office.a} = enter {0} @
verlassen {office.a} = leave {0} @
halten {baby.aP} in den Armen = hold {0} in {P} arms @home public
an-schneiden {cake.a} = cut {0} @public home
ein-kaufen = shop @market
zu-prosten {kin.dP} = toast {0} @public home
wechseln {baby.dP} die Windel = change {0}'s diaper @home
beten = pray @public
meditieren = meditate @nature home
[posture dog]
liegen auf {seat.d} = lie on {0} @home nature
stehen in {wet.d} = stand in {0} @
sitzen vor {building.d} = sit in front of {0} @
schlafen auf {seat.d} = sleep on {0} @home
sitzen auf {dogseat.d} = sit on {0} @
liegen in {bed.d} = lie in {0} @home
[action dog]
laufen durch {run.a} = run through {0} @
rennen über {flat.a} = run across {0} @
tragen {mouth.a} im Maul = carry {0} in {P} mouth @nature water
springen über {barrier.a} = jump over {0} @nature
spielen mit {toy.d} = play with {0} @nature home
jagen {chased.a} = chase {0} @nature
fangen {mouth.a} in der Luft = catch {0} in the air @nature
schwimmen in {wet.d} = swim in {0} @
springen in {wet.a} = jump into {0} @
kauen auf {bone.d} = chew on {0} @home nature
kämpfen mit {dog.di} = fight with {0} @nature
schütteln sich das Wasser aus dem Fell = shake the water off @water
graben in {sand.d} = dig in {0} @nature
beißen in {mouth.a} = bite {0} @nature
folgen {adult.d} = follow {0} @nature urban
bellen = bark @nature urban
ziehen {sled.a} = pull {0} @snow
apportieren {mouth.a} = retrieve|fetch {0} @nature water
lecken {kin.di} das Gesicht = lick {0}'s face @home
springen durch {hoop.a} = jump through {0} @sport
schnüffeln an {plant.d} = sniff {0} @nature
an-bellen {animal.a} = bark at {0} @nature
hinterher-laufen {toy.d} = run after {0} @nature
[posture herd]
stehen auf {pasture.d} = stand in {0} @
stehen hinter {zaun.d} = stand behind {0} @nature
liegen in {weather.dD} = lie in {0} @nature
stehen vor {facade.d} = stand in front of {0} @
[action herd]
fressen {fodder.ab} = eat {0} @nature
trinken aus {trough.d} = drink from {0} @
laufen durch {run.a} = walk through {0} @
ziehen {cart.a} = pull {0} @urban nature
galoppieren über {flat.a} = gallop across {0} @
[posture beast]
liegen in {weather.dD} = lie in {0} @nature
schlafen unter {shade.d} = sleep under {0} @
stehen in {soft.d} = stand in {0} @
sitzen auf {stand.d} = sit on {0} @
[action beast]
trinken aus {trough.d} = drink from {0} @nature
laufen durch {run.a} = walk through {0} @
überqueren {crossing.a} = cross {0} @
suchen nach {fodder.d} = look for {0} @nature
an-sehen {adult.a} = look at {0} @nature urban
[posture bird]
sitzen auf {perch.d} = sit on {0} @nature water
stehen in {wet.d} = stand in {0} @
[action bird]
fliegen über {lake.a} = fly over {0} @
suchen nach {fodder.d} = look for {0} @nature
baden in {trough.d} = bathe in {0} @
landen auf {perch.d} = land on {0} @
aus-breiten {wing.anP} = spread {0} @nature water
[action float]
fahren über {lake.a} = sail across {0} @
schwimmen auf {lake.d} = float on {0} @
liegen an {shore.d} = lie at {0} @
fahren unter {arch.d} = pass under {0} @
kentern auf {lake.d} = capsize on {0} @
[action car]
fahren durch {drive.a} = drive through {0} @
stehen vor {facade.d} = be parked in front of {0} @
fahren über {bridge.a} = drive over {0} @
parken neben {building.d} = be parked next to {0} @
halten an {stop.d} = stop at {0} @
rasen über {path.a} = race down {0} @
ab-biegen in {alley.a} = turn into {0} @
brennen = be on fire @urban
liegen umgekippt in {ditch.d} = lie overturned in {0} @
fest-stecken in {mud.d} = be stuck in {0} @
"""

# Classes that one or two frames alone select from, in the notation of the nouns.
SMALL_CLASSES = """
@infantseat furniture
Decke f n blanket; Sofa n s couch|sofa; Bett n en bed; Teppich m e carpet|rug;
Wickeltisch m e changing table; Schoß m "e lap; Kissen n - cushion
@stroller plain
Kinderwagen m - stroller; Badewanne f n bathtub; Hochstuhl m "e high chair; Wiege f n cradle;
Einkaufswagen m - shopping cart; Korb m "e basket
@infantfood edible
Brei m ! porridge; Banane f n banana; Keks m e cookie; Eis n ! ice cream; Karotte f n carrot
@bottle plain
Flasche f n bottle; Becher m - cup
@letter plain
Brief m e letter; Nachricht f en message; Postkarte f n postcard; Gedicht n e poem;
Tagebuch n "er diary
@drumlike thing
Trommel f n drum; Pauke f n kettledrum; Gong m s gong
@smoke plain
Zigarette f n cigarette; Pfeife f n pipe; Zigarre f n cigar
@snowpath nature
Hügel m - hill; Hang m "e slope; Düne f n dune; Geländer n - handrail;
Wasserrutsche f n water slide
@hammock plain
Hängematte f n hammock; Schaukelstuhl m "e rocking chair
@candle plain
Kerze f n candle; Laterne f n lantern; Fackel f n torch
@gift plain
Geschenk n e present|gift; Paket n e package
@hat garment
Hut m "e hat; Mütze f n cap|beanie; Helm m e helmet; Maske f n mask
@fridge plain
Kühlschrank m "e refrigerator|fridge; Schrank m "e cupboard
@lake land
=See:lake; =Fluss; =Teich; =Bucht
@lost thing
Muschel f n shell; Schlüssel m - key; Brille f n glasses*; Münze f n coin; Schatz m "e treasure;
Hund m e dog
@play nature
Sand m ! sand; Schnee m ! snow; Regen m ! rain; Garten m " garden|yard; Laub n ! leaves*;
Wasser n ! water; Schlamm m ! mud; Sandkasten m " sandbox; Wellen p - waves*
@sand none
Sand m ! sand; Erde f ! dirt|soil; Schnee m ! snow
@trampoline plain
Trampolin n e trampoline; Bett n en bed; Hüpfburg f en bouncy castle
@beam plain
Balken m - beam; Seil n e rope; Mauer f n wall; Bordstein m e curb
@floor plain
Boden m " floor; Teppich m e carpet|rug; Rasen m - lawn
@readskill plain
Mathematik f ! mathematics; Deutsch n ! German; Englisch n ! English
@goalball thing
Ball m "e ball; Fußball m "e soccer ball; Tennisball m "e tennis ball; Volleyball m "e volleyball
@racket plain
Schläger m - racket; Kopf m "e head; Hand f "e hand; Fuß m "e foot/feet
@wave nature
Welle f n wave
@cliff nature
Felswand f "e rock face; Klippe f n cliff; Kletterwand f "e climbing wall; Seil n e rope
@event plain
Rennen n - race; Spiel n e game; Marathon m s marathon; Turnier n e tournament;
Meisterschaft f en championship
@rival sporty
Gegner m - opponent; Läufer m - runner; Fahrer m - driver
@score plain
Sieg m e victory; Tor n e goal; Punkt m e point
@ground plain
Boden m " ground
@pearl plain
Muschel f n shell; Perle f n pearl; Schatz m "e treasure
@song plain
Lied n er song; Duett n e duet; Arie f n aria; Hymne f n anthem
@audience plain
Publikum n ! audience; Menge f n crowd; Jury f s jury
@mic plain
Mikrofon n e microphone
@juggle thing
Ball m "e ball; Fackel f n torch; Keule f n club; Messer n - knife/knives
@orchestra plain
Orchester n - orchestra; Chor m "e choir; Band f s band; Kapelle f n brass band
@cake edible
Kuchen m - cake; Torte f n cake; Brot n e loaf of bread/loaves of bread; Keks m e cookie;
Pizza f s pizza
@hole plain
Loch n "er hole
@wall structure
Wand f "e wall; Decke f n ceiling; Brett n er board; Boden m " ground
@truck vehicle
Lastwagen m - truck; Wagen m - cart; Anhänger m - trailer; Schiff n e ship
@pipe thing
Rohr n e pipe; Geländer n - railing; Tor n e gate; Träger m - girder
@cow furry
Kuh f "e cow; Ziege f n goat
@stew plain
Suppe f n soup; Soße f n sauce; Teig m ! dough; Eintopf m "e stew; Farbe f n paint~
@vase plain
Vase f n vase; Schale f n bowl; Krug m "e jug; Figur f en figure
@bulb plain
Birne f n light bulb; Reifen m - tire; Batterie f n battery; Schloss n "er lock
@tree nature
Baum m "e tree; Blume f n flower; Busch m "e bush; Palme f n palm tree
@lawn plain
Rasen m - lawn; Wiese f n meadow
@vegetable plain
Kartoffel f n potato; Karotte f n carrot; Apfel m " apple; Zwiebel f n onion; Orange f n orange
@swept plain
Boden m " floor; Straße f n street; Gehweg m e sidewalk|pavement; Hof m "e yard;
Treppe f n stairs*
@field land
Feld n er field; Acker m " field
@sheep furry
Schaf n e sheep/sheep; Lama n s llama
@rug plain
Teppich m e carpet|rug; Korb m "e basket; Tuch n "er cloth
@sword plain
Schwert n er sword; Hufeisen n - horseshoe; Kette f n chain
@tap plain
Hahn m "e faucet; Ventil n e valve
@tile plain
Fliese f n tile; Kabel n - cable; Schiene f n rail; Ziegel m - brick
@guest people
Gast m "e guest; Kunde w n customer; Tourist w en tourist
@roof structure
Dach n "er roof; Gerüst n e scaffold; Strommast m en utility pole
@leaflet plain
Flugblatt n "er leaflet; Broschüre f n brochure; Luftballon m s balloon; Süßigkeit f en sweet
@office inside
Bank f en bank; Büro n s office; Laden m " store|shop; Kirche f n church; Gebäude n - building;
Schule f n school; Hotel n s hotel; Apotheke f n pharmacy; Schloss n "er castle;
Gericht n e courthouse
@lover people
Freund m e friend; Freundin f nen friend
@dishes plain
Geschirr n ! dishes*; Teller m - plate; Tasse f n cup|mug
@laundry plain
Wäsche f ! laundry; Bild n er picture; Lampe f n lamp; Handtuch n "er towel
@protest none
Krieg m e war; Regierung f en government; Gesetz n e law; Atomkraft f ! nuclear power;
Rassismus m ! racism
@baby young
Baby n s baby; Tochter f " daughter; Sohn m "e son
@dogseat furniture
Sofa n s couch|sofa; Stuhl m "e chair; Treppe f n stairs*; Veranda f Veranden porch;
Schoß m "e lap
@bed furniture
Bett n en bed; Korb m "e basket; Körbchen n - dog bed
@run land
Wald m "er forest; Schnee m ! snow; Wasser n ! water; Gras n ! grass; Park m s park;
Feld n er field; Pfütze f n puddle; Schlamm m ! mud
@bone thing
Knochen m - bone; Stock m "e stick; Spielzeug n e toy; Ball m "e ball; Schuh m e shoe
@sled vehicle
Schlitten m - sled
@hoop thing
Reifen m - hoop; Ring m e ring
@pasture land
Weide f n pasture; Wiese f n meadow; Feld n er field; Hügel m - hill
@fodder edible
Gras n ! grass; Heu n ! hay; Futter n ! feed; Brot n ! bread
@zaun structure
Zaun m "e fence; Gitter n - bars*; Tor n e gate
@cart vehicle
Wagen m - cart; Kutsche f n carriage; Karren m - cart; Schlitten m - sled; Pflug m "e plow
@perch nature
Ast m "e branch; Zaun m "e fence; Dach n "er roof; Baum m "e tree; Felsen m - rock;
Mauer f n wall; Fensterbrett n er windowsill
@bridge structure
Brücke f n bridge; Kreuzung f en intersection; Platz m "e square|plaza
@stop road
Ampel f n traffic light; Kreuzung f en intersection; Bushaltestelle f n bus stop;
Tankstelle f n gas station
@alley road
Gasse f n alley; Straße f n street|road; Einfahrt f en driveway
@ditch plain
Graben m " ditch; Fluss m "e river; Straßengraben m " roadside ditch
@mud plain
Schlamm m ! mud; Schnee m ! snow; Stau m s traffic jam; Sand m ! sand
@crossing road
Straße f n street|road; Kreuzung f en intersection; Brücke f n bridge; Platz m "e square|plaza;
Fluss m "e river; Bach m "e stream; Feld n er field; Gleis n e railroad track
@through land
Park m s park; Stadt f "e city; Wald m "er forest; Markt m "e market; Gasse f n alley;
Dorf n "er village; Garten m " garden|yard; Tunnel m - tunnel; Bahnhof m "e train station;
Innenstadt f "e downtown area; Schnee m ! snow; Fußgängerzone f n pedestrian zone;
Wüste f n desert; Tal n "er valley; Dschungel m - jungle; Zoo m s zoo; Flughafen m " airport;
Sumpf m "e swamp; Schlucht f en canyon|gorge; Ruine f n ruin
@playmate kin
Bruder m " brother; Freund m e friend; =Mutter; Schwester f n sister; Hund m e dog; =Vater;
Freundin f nen friend; =Großmutter; =Großvater; Puppe f n doll; Zwilling m e twin;
Cousine f n cousin
@shade nature
Baum m "e tree; Palme f n palm tree; Kiefer f n pine tree; Eiche f n oak tree;
Sonnenschirm m e parasol; Birke f n birch tree; Weide f n willow; Brücke f n bridge
@transit vehicle
Bus m se bus; Zug m "e train; Taxi n s taxi|cab; Straßenbahn f en streetcar|tram;
U-Bahn f en subway; Fähre f n ferry; Aufzug m "e elevator
@shore land
Ufer n - shore; Steg m e jetty|dock; Strand m "e beach; Hafen m " harbor; Anleger m - pier
@car vehicle
=Auto; =Bus; =Lastwagen; =Motorrad; =Taxi; =Traktor; =Lieferwagen; =Kutsche; =Rennwagen;
=Krankenwagen; =Straßenbahn; =Jeep; =Polizeiauto; =Feuerwehrauto; =Wohnmobil; =Rikscha;
Cabrio n s convertible; Müllwagen m - garbage truck; Limousine f n limousine;
Geländewagen m - off-road vehicle; Oldtimer m - vintage car; Kleinbus m se minibus
@arch structure
Brücke f n bridge; Bogen m " arch
@drive road
Stadt f "e city; Tunnel m - tunnel; Dorf n "er village; Schnee m ! snow;
Innenstadt f "e downtown area; Wald m "er forest; Pfütze f n puddle; Wüste f n desert;
Gasse f n alley; Schlamm m ! mud
@flat land
Wiese f n meadow; Feld n er field; Rasen m - lawn; Strand m "e beach; Sand m ! sand;
Gras n ! grass; Platz m "e square|plaza; Weide f n pasture; Eis n ! ice; Hof m "e courtyard|yard;
Spielfeld n er playing field; Hügel m - hill
@soft none
Gras n ! grass; Schnee m ! snow; Sand m ! sand; Laub n ! leaves*; Heu n ! hay;
Schatten m ! shade; Schlamm m ! mud; Stroh n ! straw
@bike vehicle
Fahrrad n "er bicycle|bike; Motorrad n "er motorcycle; Skateboard n s skateboard;
Roller m - scooter; Mountainbike n s mountain bike; Dreirad n "er tricycle; Schlitten m - sled;
Einrad n "er unicycle
@mount furry
Pferd n e horse; Pony n s pony; Kamel n e camel; Esel m - donkey; Elefant w en elephant;
Bulle w n bull
@pet furry
=Katze; =Welpe; =Kätzchen; =Hase; =Huhn; =Ente; =Papagei
@chased furry
=Vogel; =Taube; =Katze; =Ente; =Hase; =Huhn; =Möwe; =Eichhörnchen; =Gans;
Schmetterling m e butterfly
@herd furry
=Pferd; =Kuh; =Schaf; =Ziege; =Esel; =Kamel; =Elefant; =Bulle; =Pony; =Lama; Zebra n s zebra;
Büffel m - buffalo/buffalo
@beast furry
=Katze; =Affe; =Schwein; =Hirsch; =Tiger; =Löwe; =Bär; =Hase; =Kätzchen; =Fuchs; =Eichhörnchen;
=Wolf; =Schlange; =Igel; =Otter; Reh n e deer/deer; Leopard w en leopard; Dachs m e badger
@bird furry
=Vogel; =Ente; =Möwe; =Huhn; =Taube; =Gans; =Hahn; =Eule; =Papagei; =Strauß:ostrich; =Pfau;
Storch m "e stork; Schwan m "e swan; Adler m - eagle; Reiher m - heron; Kranich m e crane
@trough plain
Fluss m "e river; Teich m e pond; Brunnen m - fountain; Eimer m - bucket; Pfütze f n puddle;
Bach m "e stream|creek; Schüssel f n bowl
@wing plain
Flügel m - wing
@market road
Markt m "e market +auf:at; Laden m " store|shop +in:in; Straße f n street +auf:on;
Supermarkt m "e supermarket +in:in; Flohmarkt m "e flea market +auf:at;
Bäckerei f en bakery +in:in; Straßenrand m "er side of the road +an:on;
Fischmarkt m "e fish market +auf:at
"""

MANNER = (
    "vorsichtig=carefully; fröhlich=happily|cheerfully; gerade=; langsam=slowly; konzentriert=intently; "
    "gemeinsam*=together; lachend=with a laugh; allein=alone; schnell=quickly; ruhig=calmly; stolz=proudly; "
    "geduldig=patiently; aufmerksam=attentively; barfuß=barefoot; geschickt=skillfully; aufgeregt=excitedly; schweigend=silently; begeistert=enthusiastically; "
    "anscheinend=apparently; eifrig=eagerly; nachdenklich=thoughtfully; abwechselnd*=in turns; mühsam=laboriously; spielerisch=playfully; heimlich=secretly"
)
