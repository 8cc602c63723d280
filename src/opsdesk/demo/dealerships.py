"""Invented dealerships. Their domains end in `.example`, which nobody can own."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

PLACES = (
    "Larkfield", "Bramwell", "Copper Ridge", "Harrow Lake", "Tamarack", "Juniper Hill", "Stonebrook",
    "Osprey Bay", "Fallow Creek", "Merriden", "Quillan", "Northgate", "Silver Birch", "Elkhorn",
    "Wrenfield", "Amberton", "Pinecrest", "Rowan Valley", "Kestrel Point", "Marlow", "Sable River",
    "Thornbury", "Vesper Falls", "Windrush", "Ashgrove", "Blue Heron", "Cedar Gap", "Dunmore", "Eastwick",
    "Foxglove", "Granite Pass", "Hollowell", "Ironwood", "Jasper Flats", "Kingsmere", "Lindale",
    "Moss Landing", "Nettlebrook", "Oakhaven", "Prairie Star",
)  # fmt: skip
TRADES = (
    "Motors", "Auto Group", "Automotive", "Cars", "Auto Center", "Motor Company", "Auto Mall",
    "Service Center",
)  # fmt: skip
KOREAN = (
    ("한빛모터스", "hanbit-motors"), ("새길오토", "saegil-auto"), ("푸른들자동차", "pureundeul"),
    ("강나루서비스", "gangnaru-service"), ("미리내모터스", "mirinae-motors"), ("온누리오토", "onnuri-auto"),
    ("솔바람자동차", "solbaram"), ("다온모빌리티", "daon-mobility"),
)  # fmt: skip
MONGOLIAN = (
    ("Хангай Авто", "khangai-auto"), ("Алтан Хүлэг", "altan-khuleg"), ("Тэнгэр Моторс", "tenger-motors"),
    ("Сутай Авто Худалдаа", "sutai-auto"), ("Орхон Машин", "orkhon-mashin"),
    ("Найрамдал Сервис", "nairamdal"),
)  # fmt: skip
FIRST = (
    "Alice", "Ben", "Carla", "Derek", "Elif", "Frank", "Gloria", "Hector", "Irene", "Jonas", "Keisha", "Liam",
    "Maya", "Nikhil", "Olga", "Pedro", "Renée", "Søren", "Tessa", "Umar", "Vera", "Walter", "Zoë", "Jürgen",
)  # fmt: skip
LAST = (
    "Abernathy", "Bianchi", "Castellan", "Dufresne", "Eklund", "Fairweather", "Galván", "Hartigan",
    "Imhoff", "Jankowski", "Kowalczyk", "Laurent", "Mbeki", "Nakagawa", "Oduya", "Prewitt", "Quist",
    "Reinholt", "Sandoval", "Thackeray", "Ulloa", "Vandermeer", "Whitlock", "Yilmaz",
)  # fmt: skip
KOREAN_PEOPLE = (("김서연", "seoyeon"), ("박지훈", "jihoon"), ("이하늘", "haneul"), ("최민재", "minjae"))
MONGOLIAN_PEOPLE = (
    ("Б. Оюунчимэг", "oyunchimeg"), ("Д. Тэмүүлэн", "temuulen"), ("С. Энхжин", "enkhjin"),
    ("Г. Батзориг", "batzorig"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who writes to us."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Dealership:
    """One account as it will be entered. `language` is what its people write in."""

    key: str
    name: str
    language: str
    domain: str
    people: tuple[Customer, ...]
    live_on: date | None
    left_on: date | None

    @property
    def addresses(self) -> tuple[Customer, ...]:
        """What has to be entered beside the domain: people who write from elsewhere."""
        return tuple(each for each in self.people if not each.address.endswith(f"@{self.domain}"))

    def lives(self, day: date) -> bool:
        return (
            self.live_on is not None and self.live_on <= day and (self.left_on is None or self.left_on >= day)
        )


def draw_dealerships(draw: Random, *, count: int, first: date, last: date) -> tuple[Dealership, ...]:
    """`count` accounts: most live before `first`, some go live or leave between the days, some never do."""
    names = [(f"{place} {trade}", "") for place in PLACES for trade in TRADES]
    names += [
        (f"{place} {trade} {side}", "")
        for place in PLACES
        for trade in TRADES[:3]
        for side in ("North", "West")
    ]
    draw.shuffle(names)
    share = max(1, min(len(MONGOLIAN), count // 40))
    abroad = [(*each, "korean") for each in draw.sample(KOREAN, share)]
    abroad += [(*each, "mongolian") for each in draw.sample(MONGOLIAN, share)]
    chosen = [*abroad, *((name, slug, "english") for name, slug in names)][:count]
    return tuple(_dealership(draw, *each, first, last) for each in chosen)


def _dealership(draw: Random, name: str, slug: str, language: str, first: date, last: date) -> Dealership:
    key = slug or name.lower().replace(" ", "-")
    live_on, left_on = (
        _life(draw, first, last) if language == "english" else (first - timedelta(days=200), None)
    )
    domain = f"{key.replace('-', '') if draw.random() < 0.5 else key}.example"
    people = tuple(_customer(draw, domain, language, key) for _ in range(draw.choice((1, 2, 2, 3))))
    return Dealership(key, name, language, domain, tuple(dict.fromkeys(people)), live_on, left_on)


def _life(draw: Random, first: date, last: date) -> tuple[date | None, date | None]:
    days = (last - first).days
    lot = draw.random()
    if lot < 0.07:
        return None, None
    if lot < 0.25:
        return first + timedelta(days=draw.randrange(1, days)), None
    live_on = first - timedelta(days=draw.randrange(30, 700))
    return live_on, first + timedelta(days=draw.randrange(20, days)) if lot > 0.95 else None


def _customer(draw: Random, domain: str, language: str, key: str) -> Customer:
    if language != "english":
        name, local = draw.choice(KOREAN_PEOPLE if language == "korean" else MONGOLIAN_PEOPLE)
        return Customer(name, f"{local}@{domain}")
    first, last = draw.choice(FIRST), draw.choice(LAST)
    local = f"{first[0]}{last}".lower().encode("ascii", "ignore").decode()
    if draw.random() < 0.06:
        return Customer(f"{first} {last}", f"{local}.{key}@mailbox.example")
    return Customer(f"{first} {last}", f"{local}@{domain}" if draw.random() < 0.7 else f"service@{domain}")
