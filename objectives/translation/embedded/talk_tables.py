"""What talks in the embedded corpus are sprinkled with: fronted phrases, conjunctions, adverbs,
predicates, and how often each tense is spoken. `german=english`, frequent ones first."""

from xlt.objectives.translation.embedded import talk_words as data
from xlt.objectives.translation.embedded import words
from xlt.objectives.translation.embedded.lexicon import Draw, weighted, word_set, zipf
from xlt.objectives.translation.embedded.tenses import Tense


def table(text: str, shift: float = 1.5) -> Draw[tuple[str, str]]:
    pairs = [entry.strip().partition("=") for entry in text.split(";") if entry.strip()]
    return zipf([(german, english.split("|")[0]) for german, _, english in pairs], shift)


UNRELATABLE = ("placename", "time", "food_t", "possession")
NO_PASSIVE = word_set("haben brauchen kennen bekommen verlieren sehen tragen verlassen heiraten")
STATES = word_set("kennen haben finden treffen verlieren bekommen gewinnen")
LASTING = word_set(
    "arbeiten leben kennen kämpfen warten sammeln unterrichten studieren untersuchen leiten "
    "beobachten lernen entwickeln sprechen kümmern beschäftigen leiden träumen schreiben bauen"
)
SIMPLE: dict[str, Draw[Tense]] = {
    "past": weighted([(0.6, "perfect"), (0.4, "preterite")]),
    "present": weighted([(1, "present")]),
    "future": weighted([(1, "future")]),
}
SO_FAR = zipf([("schon", "already"), ("schon oft", "often"), ("noch nie", "never")])
WORLDS: Draw[str] = weighted([(0.46, "past"), (0.48, "present"), (0.06, "future")])
TENSES: dict[str, Draw[Tense]] = {
    "past": weighted(
        [(50, "perfect"), (27, "preterite"), (6, "wanted"), (6, "had to"), (7, "was able"), (4, "have")]
    ),
    "present": weighted(
        [(58, "present"), (13, "can"), (9, "must"), (7, "want"), (6, "should"), (4, "may"),
         (5, "would like"), (4, "could be")]
    ),
    "future": weighted([(1, "future")]),
}  # fmt: skip
FRONTS = {
    "past": table(
        "und=and; aber=but; damals=back then,; dann=then; vor zehn Jahren=ten years ago,; letztes Jahr=last year,; eines Tages=one day,; deshalb=that's why; "
        "zum Glück=fortunately,; plötzlich=suddenly,; am Anfang=in the beginning,; vor kurzem=recently,; gestern=yesterday,; im Jahr 1987=in 1987,; leider=unfortunately,; "
        "nach einer Weile=after a while,; im letzten Sommer=last summer,; in diesem Moment=at that moment,; vor drei Wochen=three weeks ago,; schließlich=finally,; trotzdem=still,; im Jahr 2003=in 2003,; "
        "während des Krieges=during the war,; im 19. Jahrhundert=in the 19th century,; als Kind=as a child,; vor langer Zeit=a long time ago,; an diesem Abend=that evening,; im Jahr 1969=in 1969,; am nächsten Morgen=the next morning,"
    ),
    "present": table(
        "und=and; aber=but; heute=today,; natürlich=of course,; vielleicht=maybe; manchmal=sometimes; deshalb=that's why; jetzt=now; in der Regel=as a rule,; zum Beispiel=for example,; "
        "jeden Tag=every day,; in Wirklichkeit=in reality,; trotzdem=still,; normalerweise=usually,; im Moment=at the moment,; leider=unfortunately,; auf der ganzen Welt=all over the world,; in gewisser Weise=in a way,; "
        "im Durchschnitt=on average,; heutzutage=nowadays,; genau deshalb=that's exactly why; paradoxerweise=paradoxically,; immer wieder=again and again,; im Grunde=basically,; inzwischen=by now,"
    ),
    "future": table(
        "morgen=tomorrow,; eines Tages=one day,; in zehn Jahren=in ten years,; bald=soon; in Zukunft=in the future,; nächstes Jahr=next year,; vielleicht=maybe; irgendwann=at some point,; bis 2050=by 2050,; früher oder später=sooner or later,"
    ),
}
# `und` and `aber` stand before a clause and leave its order alone: see `Talks.draw`.
MARKERS = table(
    "Also,=So,; Nun,=Well,; Wissen Sie,=You know,; Okay,=Okay,; Sehen Sie,=You see,; Ja,=Yes,; Nein,=No,; Ehrlich,=Honestly,; Wie gesagt,=As I said,"
)
REASONS = table("weil=because; obwohl=although; während=while; da=since")
LINKS = table("und=and; aber=but; denn=because; oder=or; und deshalb=and so", 1.0)
ADVERBS = table(
    "wirklich=really; oft=often; immer=always; einfach=just; nie=never; tatsächlich=actually; wahrscheinlich=probably; sofort=immediately; plötzlich=suddenly; fast=almost; kaum=hardly; "
    "endlich=finally; natürlich=naturally; selten=rarely; offensichtlich=obviously; ständig=constantly; langsam=slowly; bewusst=consciously; eindeutig=clearly; heimlich=secretly; gerne=gladly; freiwillig=voluntarily; versehentlich=accidentally; "
    "gemeinsam=jointly; buchstäblich=literally; allmählich=gradually"
)
ADJUNCTS = table(
    "zum ersten Mal=for the first time; jeden Tag=every day; am Ende=in the end; Tag und Nacht=day and night; ein Jahr lang=for a year; "
    "in diesem Jahr=this year; nach der Schule=after school; um Mitternacht=at midnight; ohne Hilfe=without help; auf diese Weise=in this way; aus Angst=out of fear; mit großer Mühe=with great effort; "
    "vor allem=above all; aus Versehen=by accident; mitten in der Nacht=in the middle of the night; an einem Wochenende=on a weekend; unter großem Druck=under great pressure; im Allgemeinen=in general; mit bloßen Händen=with bare hands; aus purer Neugier=out of sheer curiosity"
)
DEGREES = table(
    "sehr=very; so=so; wirklich=really; ziemlich=quite; extrem=extremely; zu=too; unglaublich=incredibly; besonders=particularly; völlig=completely"
)
ASKING = table("warum=why; wie=how; ob=whether; wo=where; wann=when", 1.0)
QUESTIONS = table("warum=why; wie=how; wann=when; wo=where; wie oft=how often; wieso=why", 1.0)
CLEFTS = table(
    "was mich überrascht, ist=what surprises me is; das Problem ist=the problem is; das Erste, was ich gelernt habe, ist=the first thing I learned is; die gute Nachricht ist=the good news is; das Verrückte ist=the crazy thing is; "
    "was wir wissen, ist=what we know is; die Wahrheit ist=the truth is; ich bin überzeugt=I am convinced; es stellt sich heraus=it turns out; was ich sagen will, ist=what I want to say is; der Unterschied ist=the difference is; das Ergebnis war=the result was; "
    "stellen Sie sich vor=imagine; die schlechte Nachricht ist=the bad news is; interessant ist=what is interesting is; ich habe Angst=I am afraid; es besteht kein Zweifel=there is no doubt"
)
PREDICATES = {kind: table(text, 3.0) for kind, text in data.PREDICATES.items()}
KINDS = {
    "idea": "abstract", "problem": "abstract", "topic": "abstract", "event": "abstract",
    "tech": "thing", "work": "thing", "text": "thing", "living": "living",
}  # fmt: skip
COMPARATIVES = table(data.COMPARATIVES, 3.0)
FEELINGS = table(data.FEELINGS, 3.0)
THINGS: Draw[str] = weighted(
    [
        (4, "idea"),
        (4, "problem"),
        (4, "topic"),
        (3, "tech"),
        (2, "work"),
        (2, "living"),
        (1, "event"),
    ]
)
# German, English, the world it belongs to, the tense it wants.
CONJUNCTIONS: Draw[tuple[str, str, str, Tense | str]] = zipf(
    [
        ("weil", "because", "", ""),
        ("wenn", "when", "present", "present"),
        ("als", "when", "past", "preterite"),
        ("obwohl", "although", "", ""),
        ("bevor", "before", "past", "perfect"),
        ("während", "while", "past", "perfect"),
        ("damit", "so that", "present", "can"),
        ("nachdem", "after", "past", "pluperfect"),
        ("falls", "in case", "present", "present"),
        ("solange", "as long as", "present", "present"),
        ("bis", "until", "past", "perfect"),
        ("sobald", "as soon as", "present", "present"),
        ("da", "since", "", ""),
        ("sodass", "so that", "past", "was able"),
    ],
    1.0,
)
PLACES: Draw[tuple[str, str]] = zipf(
    [(g, e or g) for g, _, e in (name.partition("=") for name in words.PLACE_NAMES.split())], 3.0
)
