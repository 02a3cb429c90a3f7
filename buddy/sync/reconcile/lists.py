"""Payment terms: found by link, then by name, else created. QuickBooks owns them."""

from collections.abc import Sequence

from buddy.hub import intake
from buddy.hub.terms import PaymentTerm
from buddy.quickbooks.records import Record
from buddy.sync.mapping import reference
from buddy.sync.models import Link
from buddy.sync.reconcile.links import new_links
from buddy.sync.round import Round


def carry_over_terms(round: Round, records: Sequence[Record]) -> None:
    theirs = {record.id: reference.term(record.body) for record in records if not record.deleted}
    here = round.here("Term", theirs)
    taken = set(Link.objects.filter(organization=round.organization, kind="term").values_list("object_id", flat=True))
    by_name = {
        term.name.casefold(): term.pk
        for term in PaymentTerm.objects.filter(organization=round.organization)
        if term.pk not in taken
    }
    joined = {
        remote_id: by_name.pop(values["name"].casefold())
        for remote_id, values in theirs.items()
        if remote_id not in here and values["name"].casefold() in by_name
    }
    new = [remote_id for remote_id in theirs if remote_id not in here and remote_id not in joined]
    created = intake.create(
        PaymentTerm, round.organization, [theirs[each] for each in new], run=round.run, now=round.now
    )
    pairs = joined | dict(zip(new, created, strict=True))
    intake.change(PaymentTerm, [(pk, theirs[each]) for each, pk in (here | joined).items()], now=round.now)
    new_links(round, "term", "Term", [(pk, remote_id, "name", None, None) for remote_id, pk in pairs.items()])
