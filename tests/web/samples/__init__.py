"""Pages full of what really occurs, for both nodes: each from its own node's data.

Fictional throughout. Holds the letters that break fonts (š ő ł ż) and the marks that
Chinese shares with Latin (“ ” …… ——).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from special_channel.broker.guarding import Behind
from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.answers.pages import terms_page
from special_channel.web.drafts.pages import drafts_page
from special_channel.web.drafts.views import DraftFilters
from special_channel.web.help.pages import Contacts, help_page, statement_page, task_page
from special_channel.web.http.problems import ProblemPage
from special_channel.web.http.states import LinkState
from special_channel.web.people.pages import enrol_page, sign_in_page
from special_channel.web.preferences.pages import preferences_page
from special_channel.web.preferences.views import Preferences
from special_channel.web.shared.capitals import Office
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import Frame, ViewPage
from special_channel.web.shell.people import Helper
from special_channel.web.shell.problem_page import error_page
from special_channel.web.shell.saved_views import RefusedName, refused_name_page
from special_channel.web.stop.pages import stop_page, stopped_page
from special_channel.web.usual.pages import templates_page
from special_channel.web.usual.views import TemplateFilters
from tests.web.samples.access import (
    channels,
    clearance_page,
    keys,
    mailbox,
    paper_page,
    problem_page,
    registrar,
    roots,
    routed_page,
    several_drafts,
    signoff_sheet,
    stop_card,
)
from tests.web.samples.acts import act_page, acts_page, new_act_page, new_machine_page
from tests.web.samples.answers import answer, sheet
from tests.web.samples.applications import (
    application,
    applications,
    correct,
    differences,
    listed_reference,
    revoke,
)
from tests.web.samples.batches import amendment, batch, batches, list_check, list_encoding
from tests.web.samples.calendars import calendars_page, charter_sample, propose_page
from tests.web.samples.deadlines import deadlines_page
from tests.web.samples.directory import (
    evidence_sample,
    few_page,
    journal_sample,
    key_sample,
    new_code,
    own_people,
    peer_people,
    person_left,
    person_sample,
)
from tests.web.samples.dossiers import dossier_page
from tests.web.samples.drafts import draft_list
from tests.web.samples.figures import (
    alerts_page,
    empty_alerts,
    figures_page,
    own_figures,
    thread_alerts,
)
from tests.web.samples.grants import grant_page, grants_page, new_grant_page, no_grants
from tests.web.samples.inbox import (
    assign_page,
    empty_inbox,
    inbox_page,
    mark_page,
    notices_page,
    received_page,
    threads_page,
)
from tests.web.samples.licences import (
    licence,
    licences,
    listed,
    priorities,
    priority,
    proposal,
    record,
)
from tests.web.samples.link import BEHIND, GAP, link, unchecked, waits_for
from tests.web.samples.meetings import (
    brief_page,
    meeting_page,
    meetings_page,
    new_meeting_page,
)
from tests.web.samples.numbers import no_numbers, numbers_page, numbers_with_corrections
from tests.web.samples.people import at, en, frame, hexes, zh
from tests.web.samples.recovery import healing_page, tail_page, waiting_page, whole_page
from tests.web.samples.reviews import (
    alarms_sample,
    archive_sample,
    chosen_sample,
    file_sample,
    no_alarms,
    no_quarantine,
    quarantine_ask_sample,
    quarantine_sample,
    review_sample,
)
from tests.web.samples.search import search_form, search_sample
from tests.web.samples.threads import (
    new_thread_page,
    note_act_page,
    part_of,
    reference_page,
    suspend_page,
    thread_page,
    work_page,
)
from tests.web.samples.unit import unit_sample
from tests.web.samples.usual import templates_view

HELPERS = Contacts(
    (Helper("Jonas Brandt", "jonas.brandt@eu-desk.example"), Helper("何雨")),
    "08:30–17:30",
    (Pair(en("Export permits desk"), zh("许可处")),),
    "+32 2 555 01 10",
)


@dataclass(frozen=True)
class Shown:
    page: ViewPage
    frame: Frame


@cache
def every_page(party: Party, lang: Lang) -> dict[str, Shown]:
    inside = frame(party, lang)
    outside = frame(party, lang, signed_in=False)
    broken = LinkState(down_since=at(24, 7, 42), last_heard=at(24, 7, 41))
    down = replace(inside, link=broken, undelivered=2, office=Office(next_shared=at(25, 8)))
    behind = replace(inside, link=LinkState(gap=GAP, behind=BEHIND))
    lost = replace(down, private_lost=Behind("private", 397, 412), recovers=True)
    return {
        "inbox": Shown(inbox_page(party), inside),
        "inbox-marked": Shown(inbox_page(party, marked=True), inside),
        "inbox-empty": Shown(empty_inbox(party), down),
        "threads": Shown(threads_page(party), inside),
        "thread": Shown(thread_page(party, lang=lang), inside),
        "thread-work": Shown(work_page(party), inside),
        "reference": Shown(reference_page(party), inside),
        "mark-remind": Shown(mark_page(party, "remind"), inside),
        "mark-label": Shown(mark_page(party, "label"), inside),
        "mark-done": Shown(mark_page(party, "done"), inside),
        "thread-part": Shown(
            thread_page(party, "en", {"form": None}, lang, window=part_of(party)), inside
        ),
        "thread-original": Shown(thread_page(party, "original", {"form": None}, lang), down),
        "thread-zh": Shown(
            thread_page(
                party, "zh", lang=lang, asks=(), unchecked=unchecked(party)[1:3],
                waits_for=waits_for(party),
            ),
            behind,
        ),
        "thread-closed": Shown(
            thread_page(
                party, forms={"form": None, "closing": "", "reopens": hexes(5)}, items=(), asks=(),
                closed_in="EU-900", ladder=(), ladder_of=None,
            ),
            inside,
        ),
        "new-thread": Shown(new_thread_page(party), inside),
        "drafts": Shown(drafts_page(draft_list(party), DraftFilters()), inside),
        "templates": Shown(templates_page(templates_view(party), TemplateFilters()), inside),
        "templates-none": Shown(
            templates_page(templates_view(party, empty=True), TemplateFilters()), inside
        ),
        "drafts-none": Shown(drafts_page(draft_list(party, empty=True), DraftFilters()), inside),
        "evidence": Shown(evidence_sample(party), inside),
        "assign": Shown(assign_page(party), inside),
        "unit": Shown(unit_sample(party), inside),
        "unit-none": Shown(unit_sample(party, empty=True), inside),
        "search": Shown(search_sample(party), inside),
        "search-form": Shown(search_form(party), inside),
        "search-none": Shown(search_form(party, typed="nonesuch"), inside),
        "acknowledge": Shown(received_page(party), inside),
        "acknowledge-none": Shown(received_page(party, empty=True), inside),
        "notices": Shown(notices_page(party), inside),
        "note-correct": Shown(note_act_page(party, "correct"), inside),
        "note-withdraw": Shown(note_act_page(party, "withdraw"), inside),
        "note-translate": Shown(note_act_page(party, "translate"), inside),
        "suspend": Shown(suspend_page(), inside),
        "suspend-refused": Shown(suspend_page(refused=True), inside),
        "batches": Shown(batches(party), inside),
        "batch": Shown(batch(party), inside),
        "answer": Shown(answer(), inside),
        "answer-file": Shown(sheet(lang), inside),
        "terms": Shown(terms_page(), inside),
        "list-check": Shown(list_check(lang, faults=False), inside),
        "list-check-faults": Shown(list_check(lang, faults=True), inside),
        "list-check-encoding": Shown(list_encoding(lang), inside),
        "amendment": Shown(amendment(lang), inside),
        "applications": Shown(applications(party, lang), inside),
        "application": Shown(application(party, lang), inside),
        "listed-reference": Shown(listed_reference(party, lang), inside),
        "application-correct": Shown(correct(party, lang), inside),
        "application-revoke": Shown(revoke(lang), inside),
        "differences": Shown(differences(party, lang), inside),
        "licences": Shown(licences(party), inside),
        "licence": Shown(licence(party), inside),
        "licence-record": Shown(record(lang=lang), inside),
        "licence-draw": Shown(record("draw"), inside),
        "priorities": Shown(priorities(party), inside),
        "priority": Shown(priority(party), inside),
        "priority-ask": Shown(proposal(), inside),
        "fairness": Shown(listed(), inside),
        "meetings": Shown(meetings_page(), inside),
        "meeting": Shown(meeting_page(party), inside),
        "new-meeting": Shown(new_meeting_page(), inside),
        "brief-internal": Shown(brief_page(party, lang, internal=True), inside),
        "brief-handover": Shown(brief_page(party, lang, internal=False), inside),
        "dossier-internal": Shown(dossier_page(party, lang, internal=True), inside),
        "dossier-shareable": Shown(dossier_page(party, lang, internal=False), inside),
        "deadlines": Shown(deadlines_page(party), inside),
        "rules": Shown(calendars_page(party), inside),
        "charter": Shown(charter_sample(party, lang), inside),
        "charter-lacking": Shown(charter_sample(party, lang, lacking=True), inside),
        "propose": Shown(propose_page(lang), inside),
        "propose-refused": Shown(propose_page(lang, refused=True), inside),
        "figures": Shown(figures_page(party, lang), inside),
        "figures-own": Shown(own_figures(party, lang), inside),
        "numbers": Shown(numbers_page(party), inside),
        "numbers-corrected": Shown(numbers_with_corrections(party), inside),
        "numbers-none": Shown(no_numbers(party), inside),
        "alerts": Shown(alerts_page(party), inside),
        "alerts-empty": Shown(empty_alerts(party), inside),
        "thread-alerts": Shown(thread_alerts(party), inside),
        "clearance": Shown(clearance_page(party), inside),
        "several": Shown(several_drafts(party), inside),
        "routed": Shown(routed_page(party), inside),
        "on-paper": Shown(paper_page(party), inside),
        "signoff-sheet": Shown(signoff_sheet(party), inside),
        "registrar": Shown(registrar(party), inside),
        "help": Shown(help_page(party, HELPERS), inside),
        "help-task": Shown(task_page("answer", HELPERS), inside),
        "help-statement": Shown(statement_page(HELPERS), inside),
        "preferences": Shown(
            preferences_page(Preferences(dense=True)), replace(inside, dense=True)
        ),
        "keys": Shown(keys(party), inside),
        "people": Shown(own_people(party), inside),
        "new-code": Shown(new_code(party), inside),
        "people-few": Shown(few_page(party), inside),
        "peer-people": Shown(peer_people(party, lang), inside),
        "journal": Shown(journal_sample(party), inside),
        "person": Shown(person_sample(party), inside),
        "person-left": Shown(person_left(party), inside),
        "key": Shown(key_sample(party), inside),
        "key-in-use": Shown(key_sample(party, stopped=False), inside),
        "stop-card": Shown(stop_card(party), inside),
        "stop": Shown(stop_page("+32 2 555 01 10"), outside),
        "stopped": Shown(stopped_page(4, ""), outside),
        "acts": Shown(acts_page(party), inside),
        "act": Shown(act_page(party), inside),
        "act-new": Shown(new_act_page(party), inside),
        "act-new-machine": Shown(new_machine_page(party), inside),
        "access": Shown(grants_page(party), inside),
        "access-none": Shown(no_grants(party), inside),
        "access-grant": Shown(grant_page(party), inside),
        "access-new": Shown(new_grant_page(party), inside),
        "review": Shown(review_sample(party), inside),
        "review-chosen": Shown(chosen_sample(party), inside),
        "review-all": Shown(review_sample(party, mine=False), inside),
        "review-none": Shown(review_sample(party, empty=True), inside),
        "alarms": Shown(alarms_sample(party, lang), replace(inside, people_alarms=True)),
        "file": Shown(file_sample(party, "macros", "links", "embedded"), inside),
        "file-archive": Shown(archive_sample(party), inside),
        "file-plain": Shown(file_sample(party), inside),
        "quarantine": Shown(quarantine_sample(party), replace(inside, finds=True)),
        "quarantine-ask": Shown(quarantine_ask_sample(party), inside),
        "quarantine-none": Shown(no_quarantine(), inside),
        "alarms-none": Shown(no_alarms(), inside),
        "link": Shown(link(party), behind),
        "recovery-healing": Shown(healing_page(party), lost),
        "recovery-tail-lost": Shown(tail_page(party), replace(lost, link=LinkState())),
        "recovery-waits": Shown(waiting_page(), replace(down, recovers=True)),
        "recovery-whole": Shown(whole_page(), inside),
        "channels": Shown(channels(party), replace(inside, unreachable=True)),
        "mailbox": Shown(mailbox(party), inside),
        "signin": Shown(sign_in_page("/"), outside),
        "enrol": Shown(enrol_page(roots()), outside),
        "problem": Shown(problem_page(party), inside),
        "view-name": Shown(
            refused_name_page(
                RefusedName(
                    "threads", "Urgent", "show=all",
                    catalogue(lang).sentence("view-name-taken", name="Urgent"),
                )
            ),
            inside,
        ),
        "not-found": Shown(error_page(ProblemPage(404, "not-found")), outside),
    }  # fmt: skip
