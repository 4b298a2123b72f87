"""Word material for the generator; every seventh word (by checksum) is kept out of training.

The words are plain everyday ones; how they are combined is random.
"""

import zlib
from collections.abc import Iterable
from functools import cache

from models.embedded.evaluation.words import unseen_words, words_of


def listed(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


# fmt: off
VERB_GROUPS = [
    "get fetch show read retrieve display",
    "create make build generate",
    "delete remove erase drop",
    "list enumerate",
    "find search locate lookup",
    "start launch run begin",
    "stop halt cancel abort",
    "open unlock", "close shut", "send transmit post", "update change modify edit", "set assign configure",
    "check verify validate inspect", "count tally", "convert translate transform", "copy duplicate clone",
    "move shift transfer", "rename relabel", "compress pack zip", "extract unpack", "merge join combine",
    "split divide", "sort order", "filter", "book reserve", "buy purchase", "sell", "pay", "play", "pause",
    "resume", "schedule plan", "enable activate", "disable deactivate", "measure", "calibrate", "scan", "print",
    "save store", "load import", "export", "download", "upload", "share publish", "subscribe", "notify alert",
    "summarize", "analyze", "compare", "estimate predict", "rotate spin", "lift raise", "lower", "grab grip pick",
    "release", "paint", "draw sketch", "record", "capture", "mute", "unmute", "charge", "refill", "clean wash",
    "cook", "brew", "water", "plant", "feed", "call dial", "email", "archive", "restore recover", "reset",
    "restart reboot", "install", "uninstall", "approve accept", "reject decline", "delegate", "tag label",
    "rate score", "rank", "encrypt", "decrypt", "sign", "register", "track follow", "map", "mix", "fold",
    "dock", "undock", "park", "wake", "ping", "query", "describe explain", "review", "repair fix", "trim crop", "blend",
]
NOUNS = listed("""
    robot arm camera sensor motor battery map pose joint topic node service image photo video song playlist file
    folder document report invoice order ticket task event meeting calendar reminder note message email contact
    user account customer employee team project repository branch commit issue build server cluster container
    database table record row column index query log metric alert job queue worker device printer lamp light door
    window heater fan oven fridge kettle coffee tea recipe meal pizza table room house garden tree flower plant
    seed dog cat bird fish horse car bus train flight ship bike taxi ticket hotel restaurant museum park city
    country river lake mountain island bridge road route address parcel package letter stamp book page chapter
    poem story article lesson course exam student teacher school library doctor patient medicine dose blood heart
    sleep workout run stock share price coin loan budget salary tax currency bank card payment refund coupon
    discount product cart review rating survey vote poll score game player match league color shape circle square
    triangle line grid cell chart graph matrix vector number word sentence text language code script module
    package license key token secret password session cookie domain website link feed channel stream podcast drone
    wheel gripper conveyor crane laser valve pump tank pipe filter engine rocket satellite planet star telescope
    antenna signal speaker microphone volume screen keyboard backup snapshot disk memory process thread kernel
    firewall router network packet port proxy
""")
ADJECTIVES = listed("""
    new old current last next daily weekly monthly main local remote public private shared red blue green fast
    slow small large hidden active idle broken spare front rear upper lower left right total average raw final
    draft
""")
ARG_NAMES = listed("""
    name title label id key value text content message subject body path file folder target source destination
    origin city country region location place address street date day month year hour minute duration timeout
    delay interval amount quantity count limit size width height depth length weight distance angle speed rate
    ratio factor threshold level priority score age price budget currency unit format mode style color shape type
    category kind status state language user owner author recipient sender email phone host port url topic channel
    group team room floor device model version branch tag query pattern filter sort offset page x y z a b radius
    temperature pressure humidity brightness volume power gain frequency voltage seed scale margin rank index
    position direction gear zone code token
""")
FLAG_NAMES = listed("""
    verbose recursive force quiet strict urgent private compressed encrypted notify overwrite dry_run silent gift
    express fragile public archived pinned muted locked shuffle loop preview backup cached async debug insured
""")
ENUMS = [
    ["on", "off"], ["on", "off"], ["locked", "unlocked"], ["clockwise", "counterclockwise"], ["eco", "normal", "turbo"],
    ["monday", "wednesday", "friday"], ["gold", "silver", "bronze"], ["beginner", "advanced", "expert"],
    ["cash", "card"], ["vegan", "vegetarian", "meat"], ["spring", "summer", "autumn", "winter"], ["public", "private"],
    ["celsius", "fahrenheit"], ["low", "medium", "high"], ["left", "right"], ["up", "down"], ["red", "green", "blue"],
    ["small", "medium", "large"], ["json", "csv", "xml"], ["fast", "slow"], ["open", "closed"], ["day", "night"],
    ["north", "south", "east", "west"], ["asc", "desc"], ["draft", "final"], ["metric", "imperial"], ["mono", "stereo"],
    ["economy", "business", "first"], ["jpg", "png", "gif"], ["hot", "cold", "warm"], ["eur", "usd", "gbp", "jpy"],
    ["soft", "hard"], ["daily", "weekly", "monthly"], ["indoor", "outdoor"], ["begin", "end"], ["auto", "manual"],
]
PROPER = listed("""
    Paris London Berlin Madrid Rome Tokyo Beijing Shanghai Delhi Cairo Sydney Oslo Vienna Prague Dublin Lisbon
    Athens Warsaw Moscow Boston Chicago Denver Seattle Toronto Lima Quito Nairobi Lagos Seoul Hanoi Zurich Geneva
    Munich Alice Bob Carol Dave Erin Frank Grace Heidi Ivan Judy Mallory Oscar Peggy Trent Victor Walter Maria
    John Anna
""")
REGIONS = listed("""
    Asia Europe America Africa Australia Pacific Atlantic Indian
""")
ZONE_CITIES = listed("""
    Tokyo Berlin New_York Paris London Kolkata Sao_Paulo Los_Angeles Shanghai Cairo Lima Madrid Rome Sydney
    Auckland Denver Chicago Toronto Dubai Singapore Hong_Kong Seoul Vienna Oslo Ho_Chi_Minh Buenos_Aires
    Port_Moresby
""")
NOTE_WORDS = listed("""
    buy milk bread eggs coffee call mom the doctor dentist on monday tuesday friday tomorrow at noon pay rent
    meeting with bob alice team fix my bike car door key keys are under mat water plants feed cat dog pick up kids
    from school send report to boss read a book new idea is about light and sound remember password of wifi garden
    train leaves at station ticket number for two people dinner birthday party gift we need more paper in office
    check oven turn off lights clean kitchen wash clothes write letter grandma visit museum next week
""")
DAYS = listed("""
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
""")
SKIES = (
    "clear sky", "overcast", "light rain", "partly cloudy", "snow", "fog", "sunny", "heavy showers", "drizzle",
    "thunderstorm",
)
FOREIGN_LETTERS = "äöüéèêáàâíóúñçøåßşğłńžščřőűžœëïôûãõ"

ONSETS = listed("""
    b br c ch cl d dr f fl g gl gr h j k kr l m n p pl qu r s sh sl sp st t th tr v w x y z zw
""")
NUCLEI = listed("""
    a e i o u ai ee oo ou y
""")
CODAS = ("", "", "", *listed("n r l s t m k x nd rk sh mp b"))
# fmt: on


def held_out(word: str) -> bool:
    """True for the fixed seventh of the words that training must never show."""
    return zlib.crc32(word.encode()) % 7 == 0


def pool(words: Iterable[str], split: str) -> list[str]:
    """Training words, or the held-out ones for ``split='test'``; never those that the evaluation is about."""
    return [word for word in sorted(set(words) - unseen_words()) if held_out(word) == (split == "test")]


def kept_out(name: str) -> bool:
    """Whether a name holds a word of the evaluation's unseen tools, as an invented or a plural one may."""
    return not _unseen().isdisjoint(words_of(name))


@cache
def _unseen() -> frozenset[str]:
    return frozenset(unseen_words())
