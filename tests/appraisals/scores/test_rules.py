"""The score comes out to the hundredth, explains itself, and never fills a gap with zero."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from appraisals.evidence import rules as evidence_rules
from appraisals.scores import rules
from appraisals.scores.rules import Band, Bands, Evidence, Node, Scheme, State
from lms.errors import Refused

pytestmark = pytest.mark.no_database

DATA = yaml.safe_load((Path(rules.__file__).parent / "schemes.yaml").read_text(encoding="utf-8"))
ENTRIES = {entry["code"]: entry for entry in DATA["schemes"]}
SCHEMES = {code: Scheme.from_dict(entry) for code, entry in ENTRIES.items()}
AGENT = SCHEMES["outsourced-agent-2025"]
OFFICE = SCHEMES["civil_servant-office-2025"]
BANDS = Bands(Decimal(90), Decimal(75), Decimal(60))


def points(value) -> Evidence:
    return Evidence(points=Decimal(str(value)))


def raw(value) -> Evidence:
    return Evidence(value=Decimal(str(value)))


def evenly(**dimensions) -> dict[str, Evidence]:
    """Evidence whose every part has its dimension's points."""
    parts = {
        "virtue": ("ethics_course", "peer_survey"),
        "ability": ("competency", "certificates", "simulator"),
        "diligence": ("attendance", "hours", "extra_duty"),
    }
    return {part: points(value) for name, value in dimensions.items() for part in parts[name]}


LI = {
    "ethics_course": points(94), "peer_survey": points(90),
    "competency": points(86), "certificates": points(92), "simulator": points(88),
    "attendance": points(98), "hours": evidence_rules.hours_evidence(Decimal(94), Decimal(90)), "extra_duty": points(90),
    "key_tasks": points(94), "supervision": points(92), "served_rating": points(88),
    "discipline": evidence_rules.integrity_evidence([]),
}  # fmt: skip
ZHOU = evenly(virtue="89.2", ability="86.8", diligence="94.0") | {
    "qc": points(91), "satisfaction": raw("96.0"), "fcr": raw(93), "on_time": raw("98.2"), "improvement": points(85),
    "discipline": evidence_rules.integrity_evidence([]),
}  # fmt: skip
CHEN = evenly(virtue="92.8", ability="92.0") | {
    "attendance": points(99), "hours": evidence_rules.hours_evidence(Decimal(36), Decimal(40)), "extra_duty": points(95),
    "qc": points(95), "satisfaction": raw("98.5"), "fcr": raw(96), "on_time": raw("99.0"), "improvement": points(92),
    "discipline": evidence_rules.integrity_evidence([]),
}  # fmt: skip


def shown(tree: Node) -> dict[str, str]:
    return {node.code: str(node.shown) for node in (tree, *tree.children)}


class TestWorkedExamples:
    def test_li_the_civil_servant_in_an_office(self):
        tree = rules.score(OFFICE, LI)
        assert shown(tree) == {
            "S": "92.67", "virtue": "92.40", "ability": "88.80", "diligence": "97.00", "achievement": "91.60",
            "integrity": "100.00",
        }  # fmt: skip

    def test_zhou_of_the_institution_with_three_mapped_kpis(self):
        tree = rules.score(SCHEMES["institution-agent-2025"], ZHOU)
        kpis = [str(tree.find(code).shown) for code in ("satisfaction", "fcr", "on_time")]
        assert kpis == ["90.00", "92.00", "88.44"]
        assert str(tree.find("achievement").shown) == "89.97"
        assert str(tree.shown) == "90.67"

    def test_chen_the_outsourced_agent_before_and_after_the_make_up_hours(self):
        before = rules.score(AGENT, CHEN)
        assert shown(before) == {
            "S": "95.21", "virtue": "92.80", "ability": "92.00", "diligence": "95.50", "achievement": "97.03",
            "integrity": "100.00",
        }  # fmt: skip
        assert str(before.find("on_time").shown) == "95.56"
        after = rules.score(AGENT, CHEN | {"hours": evidence_rules.hours_evidence(Decimal(40), Decimal(40))})
        assert (str(after.find("diligence").shown), str(after.shown)) == ("98.50", "95.66")

    @pytest.mark.parametrize(
        ("scheme", "evidence", "wrong"), [(AGENT, ZHOU, "90.68"), (AGENT, CHEN, "95.20")], ids=["周", "陈"]
    )
    def test_a_dimension_rounded_to_one_decimal_would_miss_so_none_is_rounded(self, scheme, evidence, wrong):
        tree = rules.score(scheme, evidence)
        tenth = Decimal("0.1")
        total = sum(d.weight * d.points.quantize(tenth, ROUND_HALF_UP) for d in tree.children) / 100
        assert str(rules.round_score(total)) == wrong != str(tree.shown)
        assert tree.find("achievement").points != tree.find("achievement").shown

    def test_the_sentences_can_be_checked_by_hand(self):
        tree = rules.score(AGENT, ZHOU)
        assert tree.find("satisfaction").calculation == "60 + 40×(96 − 90)÷(98 − 90) = 90"
        assert tree.find("on_time").calculation == "60 + 40×(98.2 − 95)÷(99.5 − 95) ≈ 88.44"
        assert tree.find("achievement").calculation == "0.30×91 + 0.25×90 + 0.20×92 + 0.15×88.4444 + 0.10×85 ≈ 89.97"
        assert tree.calculation == "0.15×89.2 + 0.25×86.8 + 0.15×94 + 0.35×89.9667 + 0.10×100 ≈ 90.67"
        assert rules.score(AGENT, CHEN).find("hours").calculation == "100×36÷40 = 90"
        assert rules.score(AGENT, CHEN).find("fcr").calculation == "min(100, 60 + 40×(96 − 85)÷(95 − 85)) = 100"
        assert rules.score(OFFICE, LI).find("hours").calculation == "min(100, 100×94÷90) = 100"

    @pytest.mark.parametrize(("scheme", "evidence"), [(OFFICE, LI), (AGENT, ZHOU), (AGENT, CHEN)])
    def test_every_weighted_sentence_recomputed_gives_the_shown_hundredth(self, scheme, evidence):
        def walk(node):
            yield node
            for child in node.children:
                yield from walk(child)

        for node in walk(rules.score(scheme, evidence)):
            if node.children and node.calculation:
                left, _, right = node.calculation.replace(" ≈ ", " = ").partition(" = ")
                total = eval(left.replace("×", "*").replace("÷", "/"))
                assert abs(total - float(right)) < 0.0051


class TestPoints:
    def test_a_measure_at_its_base_has_sixty_and_at_its_target_a_hundred(self):
        base, target = Decimal(90), Decimal(98)
        assert rules.kpi_points(base, base, target) == 60
        assert rules.kpi_points(target, base, target) == 100
        assert rules.kpi_points(Decimal(100), base, target) == 100
        assert rules.kpi_points(Decimal(45), base, target) == 30
        assert rules.kpi_points(Decimal(-1), base, target) == 0
        assert rules.kpi_points(Decimal(-1), Decimal(0), target) == 0

    def test_below_the_base_the_sentence_says_so(self):
        tree = rules.score(AGENT, ZHOU | {"satisfaction": raw(81)})
        assert tree.find("satisfaction").calculation == "60×81÷90 = 54"

    @pytest.mark.parametrize(("base", "target"), [(98, 90), (90, 90), (-1, 90)])
    def test_a_target_not_above_its_base_is_refused(self, base, target):
        with pytest.raises(Refused, match="必须大于基准"):
            rules.kpi_points(Decimal(90), Decimal(base), Decimal(target))

    def test_hours_count_up_to_what_is_required(self):
        assert evidence_rules.hours_points(Decimal(36), Decimal(40)) == 90
        assert evidence_rules.hours_points(Decimal(94), Decimal(90)) == 100
        assert evidence_rules.hours_points(Decimal(-2), Decimal(90)) == 0

    def test_nothing_required_proves_nothing(self):
        assert evidence_rules.hours_evidence(Decimal(5), Decimal(0)) is None
        with pytest.raises(Refused, match="应修学时"):
            evidence_rules.hours_points(Decimal(5), Decimal(0))

    def test_integrity_is_a_hundred_less_deductions_and_never_below_zero(self):
        assert evidence_rules.integrity_points([]) == 100
        assert evidence_rules.integrity_points([Decimal(5), Decimal("2.5")]) == Decimal("92.5")
        assert evidence_rules.integrity_points([Decimal(80), Decimal(30)]) == 0
        assert evidence_rules.integrity_evidence([Decimal(5), Decimal(2)]).calculation == "100 − 5 − 2 = 93"
        assert evidence_rules.integrity_evidence([Decimal(80), Decimal(30)]).calculation == "max(0, 100 − 80 − 30) = 0"

    def test_a_negative_deduction_would_be_a_bonus_and_is_refused(self):
        with pytest.raises(Refused, match="不能是负数"):
            evidence_rules.integrity_points([Decimal(-1)])

    @pytest.mark.parametrize(
        ("exact", "rounded"),
        [("92.665", "92.67"), ("92.66499", "92.66"), ("0.005", "0.01"), ("92.67499999999999999999999999", "92.68")],
    )
    def test_halves_go_up_also_where_thirds_left_nines(self, exact, rounded):
        assert str(rules.round_score(Decimal(exact))) == rounded


class TestMissingEvidence:
    def test_a_missing_part_is_shared_out_among_its_dimension(self):
        tree = rules.score(OFFICE, {code: found for code, found in LI.items() if code != "competency"})
        ability = tree.find("ability")
        assert str(ability.shown) == "90.67"
        assert ability.calculation == "(0.40×92 + 0.20×88)÷0.60 ≈ 90.67"
        assert tree.find("competency").missing
        assert tree.find("competency").effective_weight == 0
        assert tree.find("competency").note == rules.MISSING
        assert rules.round_score(tree.find("certificates").effective_weight) == Decimal("16.67")
        assert tree.present == 90

    def test_a_dimension_without_any_evidence_is_shared_out_among_the_others(self):
        tree = rules.score(OFFICE, {c: found for c, found in LI.items() if c not in {"ethics_course", "peer_survey"}})
        assert tree.find("virtue").missing
        assert tree.present == 85
        assert str(tree.shown) == "92.72"  # (92.67 − 13.86) ÷ 0.85

    @pytest.mark.parametrize(
        ("without", "present", "state"),
        [
            ({"key_tasks", "peer_survey"}, 80, State.scored),
            ({"key_tasks", "peer_survey", "extra_duty"}, 77, State.insufficient_evidence),
            (set(LI), 0, State.insufficient_evidence),
        ],
        ids=["eighty", "less", "nothing"],
    )
    def test_eighty_percent_of_the_weight_must_be_present(self, without, present, state):
        tree = rules.score(OFFICE, {code: found for code, found in LI.items() if code not in without})
        assert (tree.present, tree.state) == (present, state)
        assert (tree.points is None) == (tree.shown is None) == (state is State.insufficient_evidence)
        assert not tree.missing

    def test_nothing_is_filled_with_zero(self):
        tree = rules.score(OFFICE, {})
        assert tree.note == rules.INSUFFICIENT
        assert all(node.points is None for node in tree.children)

    def test_on_time_and_dispatch_are_the_mean_of_those_that_score(self):
        confirmed = {**ENTRIES["outsourced-agent-2025"]}
        confirmed = yaml.safe_load(yaml.safe_dump(confirmed))
        confirmed["dimensions"][3]["parts"][3]["parts"][1] |= {"base": 95, "target": 98}
        both = rules.score(Scheme.from_dict(confirmed), ZHOU | {"dispatch_accuracy": raw(98)})
        assert str(both.find("timeliness").shown) == "94.22"
        unconfirmed = rules.score(AGENT, ZHOU | {"dispatch_accuracy": raw(98)})
        assert unconfirmed.find("dispatch_accuracy").note == rules.UNCONFIRMED
        assert unconfirmed.find("dispatch_accuracy").value == 98
        assert unconfirmed.shown == rules.score(AGENT, ZHOU).shown
        assert unconfirmed.find("timeliness").present == 100
        assert unconfirmed.present == 100

    def test_evidence_the_scheme_has_no_part_for_is_left_aside(self):
        assert rules.score(OFFICE, LI | {"satisfaction": raw(10)}) == rules.score(OFFICE, LI)

    def test_a_part_of_no_weight_neither_counts_nor_breaks(self):
        data = yaml.safe_load(yaml.safe_dump(ENTRIES["civil_servant-office-2025"]))
        virtue = data["dimensions"][0]["parts"]
        virtue[0]["weight"], virtue[1]["weight"] = 100, 0
        tree = rules.score(Scheme.from_dict(data), {c: found for c, found in LI.items() if c != "ethics_course"})
        assert tree.find("virtue").missing
        assert tree.find("peer_survey").effective_weight == 0

    @pytest.mark.parametrize("value", ["-0.01", "100.01"])
    def test_points_outside_zero_to_a_hundred_are_refused_by_name(self, value):
        with pytest.raises(Refused, match="质检分"):
            rules.score(AGENT, ZHOU | {"qc": points(value)})


class TestTree:
    def test_leaves_carry_the_rows_they_were_read_from(self):
        rows = (("qc_sample", 7), ("qc_sample", 9))
        tree = rules.score(AGENT, ZHOU | {"qc": Evidence(points=Decimal(91), rows=rows, note="抽检 12 通")})
        assert tree.find("qc").rows == rows
        assert tree.find("qc").note == "抽检 12 通"
        assert tree.find("no such part") is None

    def test_effective_weights_are_shares_of_the_whole(self):
        tree = rules.score(OFFICE, LI)
        assert tree.find("key_tasks").effective_weight == 14
        assert tree.effective_weight == 100

    def test_it_survives_json_and_its_digest_is_stable(self):
        tree = rules.score(AGENT, CHEN)
        again = Node.from_dict(tree.to_dict())
        assert again == tree
        assert again.digest() == tree.digest()
        assert len(tree.digest()) == 64

    def test_equal_numbers_written_otherwise_give_the_same_digest_and_other_facts_another(self):
        assert rules.score(AGENT, CHEN | {"qc": points("95.00")}).digest() == rules.score(AGENT, CHEN).digest()
        assert rules.score(AGENT, CHEN | {"qc": points("95.01")}).digest() != rules.score(AGENT, CHEN).digest()

    def test_the_digest_of_a_known_tree_does_not_drift(self):
        leaf = Node("a", "甲", Decimal(100), Decimal(100), Decimal("90.0"), Decimal("90.00"), Decimal(100))
        assert leaf.digest() == "693285b1c4e99a0ccdb4da34d43220bfc2fe305d7ed480723c581e19eecf3f04"


class TestSchemes:
    @pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.code)
    def test_every_shipped_scheme_sums_to_a_hundred_and_is_dated_and_marked(self, scheme):
        rules.check_weights(scheme)
        assert scheme.policy
        assert scheme.mark in {"designed", "confirm"}
        assert isinstance(scheme.valid_from, date)

    def test_all_forms_have_the_same_weights_for_the_same_work(self):
        for work in ("agent", "office"):
            assert len({scheme.dimensions for scheme in SCHEMES.values() if scheme.work == work}) == 1

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda d: d["dimensions"][3]["parts"][0].update(weight=35), "绩的权重合计是 105，"),
            (lambda d: d["dimensions"][0].update(weight=14.5), "德能勤绩廉的权重合计是 99.5，"),
            (lambda d: d["dimensions"][3]["parts"][3]["parts"][0].update(weight=40), "按时与派单的权重合计是 90，"),
            (lambda d: d["dimensions"][4].update(parts=[]), "廉的权重合计是 0，"),
        ],
    )
    def test_weights_that_do_not_sum_to_a_hundred_are_refused_by_name_and_sum(self, change, sentence):
        data = yaml.safe_load(yaml.safe_dump(ENTRIES["outsourced-agent-2025"]))
        change(data)
        with pytest.raises(Refused, match=sentence):
            rules.check_weights(Scheme.from_dict(data))
        with pytest.raises(Refused, match=sentence):
            rules.score(Scheme.from_dict(data), ZHOU)

    def test_a_negative_weight_is_refused_though_the_sum_is_right(self):
        data = yaml.safe_load(yaml.safe_dump(ENTRIES["outsourced-agent-2025"]))
        parts = data["dimensions"][0]["parts"]
        parts[0]["weight"], parts[1]["weight"] = 110, -10
        with pytest.raises(Refused, match="每项不小于 0"):
            rules.check_weights(Scheme.from_dict(data))

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda d: d.pop("code"), "缺少「code」"),
            (lambda d: d.update(valid_from="下周"), "不是日期"),
            (lambda d: d.update(minimum_present="八成"), "minimum_present 不是数字"),
            (lambda d: d["dimensions"][0].pop("weight"), "「德」的 weight 不是数字"),
            (lambda d: d["dimensions"][0].update(weight="NaN"), "「德」的 weight 不是数字"),
            (lambda d: d["dimensions"][0]["parts"][0].update(code="qc"), "qc 用了不止一次"),
        ],
    )
    def test_a_broken_entry_is_refused_with_what_is_wrong(self, change, sentence):
        data = yaml.safe_load(yaml.safe_dump(ENTRIES["outsourced-agent-2025"]))
        change(data)
        with pytest.raises(Refused, match=sentence):
            Scheme.from_dict(data)


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("90.00", Band.excellent_candidate), ("89.99", Band.competent), ("75.00", Band.competent),
        ("74.99", Band.low), ("60.00", Band.low), ("59.99", Band.lowest),
    ],
)  # fmt: skip
def test_a_lower_edge_belongs_to_the_band_above_it(total, expected):
    assert rules.band(Decimal(total), BANDS) is expected


LEAVES = (
    "ethics_course", "peer_survey", "competency", "certificates", "simulator", "attendance", "hours", "extra_duty",
    "qc", "satisfaction", "fcr", "on_time", "improvement", "discipline",
)  # fmt: skip
KPIS = {"satisfaction": (90, 98), "fcr": (85, 95), "on_time": (95, Fraction(199, 2))}
numbers = st.decimals(0, 100, places=2)
people = st.fixed_dictionaries(dict.fromkeys(LEAVES, numbers))
partial = st.fixed_dictionaries({}, optional=dict.fromkeys(LEAVES, numbers))


def evidence_of(person) -> dict[str, Evidence]:
    return {leaf: raw(value) if leaf in KPIS else points(value) for leaf, value in person.items()}


def exactly(person) -> Fraction | None:
    """S in fractions, computed another way: the reference that the decimals are held to."""

    def leaf(code):
        x = Fraction(person[code])
        if code not in KPIS:
            return x
        base, target = map(Fraction, KPIS[code])
        return min(Fraction(100), 60 + 40 * (x - base) / (target - base)) if x >= base else 60 * x / base

    total = weight = Fraction(0)
    for dimension in AGENT.dimensions:
        known = [
            (Fraction(part.weight), leaf(code))
            for part in dimension.parts
            if (code := "on_time" if part.code == "timeliness" else part.code) in person
        ]
        if known:
            mean = sum(w * p for w, p in known) / sum(w for w, _ in known)
            total += Fraction(dimension.weight) * mean
            weight += Fraction(dimension.weight)
    return total / weight if weight else None


class TestForAnyEvidence:
    @given(partial)
    def test_s_equals_exact_fractions_rounded_half_up(self, person):
        tree = rules.score(AGENT, evidence_of(person))
        if tree.state is State.insufficient_evidence:
            assert tree.present < 80
            return
        exact = exactly(person)
        assert tree.shown == Decimal(int(exact * 100 + Fraction(1, 2))) / 100
        assert tree.present >= 80

    @given(partial)
    def test_every_node_lies_between_zero_and_a_hundred_and_between_its_children(self, person):
        def check(node):
            known = [child.points for child in node.children if child.points is not None]
            if node.points is not None:
                assert 0 <= node.points <= 100
                if known:
                    assert min(known) - Decimal("1e-25") <= node.points <= max(known) + Decimal("1e-25")
            for child in node.children:
                check(child)

        check(rules.score(AGENT, evidence_of(person)))

    @given(people, st.sampled_from(LEAVES), numbers)
    def test_more_in_one_part_never_lowers_the_score(self, person, leaf, other):
        low, high = sorted((person[leaf], other))
        lower = rules.score(AGENT, evidence_of(person | {leaf: low}))
        higher = rules.score(AGENT, evidence_of(person | {leaf: high}))
        assert lower.points <= higher.points + Decimal("1e-25")
        assert lower.shown <= higher.shown

    @given(partial)
    def test_carried_weights_of_the_leaves_sum_to_the_whole(self, person):
        def leaves(node):
            return [leaf for child in node.children for leaf in leaves(child)] if node.children else [node]

        tree = rules.score(AGENT, evidence_of(person))
        total = sum(leaf.effective_weight for leaf in leaves(tree))
        assert abs(total - (100 if person else 0)) < Decimal("1e-25")

    @given(people, st.sampled_from([leaf for leaf in LEAVES if leaf not in {*KPIS, "discipline"}]))
    def test_a_missing_part_counts_as_if_it_had_the_mean_of_its_dimension(self, person, leaf):
        without = evidence_of({code: value for code, value in person.items() if code != leaf})
        tree = rules.score(AGENT, without)
        dimension = next(node for node in tree.children if node.find(leaf))
        filled = rules.score(AGENT, without | {leaf: Evidence(points=dimension.points)})
        assert abs(filled.points - tree.points) < Decimal("1e-25")
        assert filled.shown == tree.shown

    @given(partial)
    def test_the_tree_survives_json(self, person):
        tree = rules.score(AGENT, evidence_of(person))
        assert Node.from_dict(tree.to_dict()) == tree

    @given(numbers, numbers, st.decimals("0.5", 50, places=2), st.decimals("0.5", 50, places=2))
    def test_the_mapping_of_a_measure_rises_without_a_jump(self, x, y, base, width):
        low, high = sorted((x, y))
        target = base + width
        assert 0 <= rules.kpi_points(low, base, target) <= rules.kpi_points(high, base, target) <= 100
