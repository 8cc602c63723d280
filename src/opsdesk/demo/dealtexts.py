"""What buyers say of their deals, and what operators write about them."""

from opsdesk.deals.lifecycle import Outcome, Reason

_CARS: dict[Reason, tuple[str, ...]] = {
    Reason.NOT_DELIVERED: (
        "Машин ирээгүй байхад хүлээлгэн өгсөн гэж бүртгэжээ.",
        "I waited at the agreed place, nobody came.",
    ),
    Reason.DAMAGE_MAJOR: ("Хөдөлгүүр нь асахгүй байна.", "The gearbox is broken; it can't be driven."),
    Reason.DAMAGE_MINOR: (
        "Зүүн хаалган дээр зурагт байгаагүй зураастай байна.",
        "Урд бампер нь хагархай, зарын зурган дээр бүтэн байсан.",
        "A long scratch on the left door that is on none of the pictures.",
        "Cracked rear light, it was whole in the listing.",
    ),
    Reason.MISSING_PARTS: ("Нөөц дугуй, өргүүр нь алга.", "The second key and the spare wheel are missing."),
    Reason.QUALITY_NOT_MATCHING: (
        "Үзлэгийн хуудаст бичсэнээс дугуй нь их элэгдсэн байна.",
        "The report says grade 4; the seats are torn and the tyres worn.",
    ),
    Reason.DOCUMENT_MISMATCH: (
        "Гэрчилгээн дээрх арлын дугаар таарахгүй байна.",
        "Odometer shows 182,000 km, the paper says 128,000.",
    ),
    Reason.OTHER: ("Худалдагч түлхүүрээ өгөхгүй байна.", "The seller doesn't answer about the handover."),
}
_HOMES: dict[Reason, tuple[str, ...]] = {
    Reason.NOT_DELIVERED: ("Түлхүүр гардуулаагүй байна.", "The keys were never handed over."),
    Reason.DAMAGE_MAJOR: ("The bathroom ceiling has come down since the visit.",),
    Reason.DAMAGE_MINOR: (
        "Цонхны хүрээ хагарсан байна.",
        "Water stain on the bedroom wall that no picture shows.",
    ),
    Reason.MISSING_PARTS: (
        "Гал тогооны тавилгыг аваад явсан байна.",
        "Fitted kitchen was in the listing; it has been taken out.",
    ),
    Reason.QUALITY_NOT_MATCHING: ("Heating is by stove, the listing says central.",),
    Reason.DOCUMENT_MISMATCH: (
        "Гэрээн дээрх хаяг зарынхаас өөр байна.",
        "The address in the contract is another one than in the listing.",
        "The contract names 48 square metres, the listing 54.",
    ),
    Reason.OTHER: ("Өмнөх эзэн нь нүүгээгүй байна.",),
}
_SEOUL: dict[Reason, tuple[str, ...]] = {
    Reason.NOT_DELIVERED: ("차량을 받지 못했는데 인도 완료로 표시되었습니다.",),
    Reason.DAMAGE_MAJOR: ("엔진 경고등이 켜지고 시동이 꺼집니다.",),
    Reason.DAMAGE_MINOR: (
        "운전석 문에 사진에 없던 긁힘이 있습니다.",
        "뒷범퍼에 찍힌 자국이 있는데 설명에 없었습니다.",
    ),
    Reason.MISSING_PARTS: ("스마트키 하나와 예비 타이어가 없습니다.",),
    Reason.QUALITY_NOT_MATCHING: ("성능점검표와 실제 상태가 다릅니다.",),
    Reason.DOCUMENT_MISMATCH: ("등록증의 주행거리와 계기판이 다릅니다.",),
    Reason.OTHER: ("판매자가 서류를 넘겨주지 않습니다.",),
}
SAID: dict[str, dict[Reason, tuple[str, ...]]] = {
    "MN.USED_CAR_PRIVATE": _CARS,
    "MN.USED_CAR_DEALER": _CARS,
    "MN.REAL_ESTATE_SALE": _HOMES,
    "KR.USED_CAR_PRIVATE": _SEOUL,
}

LOOKED = (
    "Looked at the pictures, comparing with the listing.",
    "Asked the marketplace for the listing's pictures of that side.",
    "Papers checked against the deal; the photos are next.",
    "Зургуудыг зартай тулгаж байна.",
    "사진과 매물 설명을 대조하고 있습니다.",
)
ASKED = (
    (
        "The odometer photo has no date and the file's own date is older than the listing.",
        "The date in the file is the camera's clock, not the upload: go by the order of the pictures.",
    ),
    (
        "Two photos of the same door differ; was one edited?",
        "Same picture, other light. Compare the reflections, then decide as usual.",
    ),
)
WAIVED = (
    "The seller sold the car on; no further picture can be had.",
    "The listing's own picture shows the same side.",
    "Not needed for this reason: the papers decide it.",
)
RULED: dict[Outcome, tuple[str, ...]] = {
    Outcome.REJECT: (
        "The scratch is on the listing's third picture.",
        "The report given before the sale names it.",
        "Nothing shown supports the claim.",
    ),
    Outcome.OFFSET: (
        "Damage shown, not in the listing: offset as the playbook says.",
        "Repair estimated from the pictures, within the cap.",
        "The accessory was promised and is not there.",
    ),
    Outcome.PARTIAL_REFUND: (
        "The papers differ in part; the buyer keeps it at a lower price.",
        "Condition below the report, both sides told.",
    ),
    Outcome.FULL_REFUND: ("The papers belong to another object.", "Delivered was something else."),
    Outcome.REPLACEMENT: ("The seller will send the missing part.",),
}
