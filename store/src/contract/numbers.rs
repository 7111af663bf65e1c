//! A lead's numbers take turns, as the journal says.

use dialer::campaign::Recycle;
use dialer::leads::OtherNumber;
use dialer::permit::ChainHead;
use dialer::{Lead, LeadStatus, Outcome};
use routing::Number;

use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::leads::Within;
use crate::testing::{
    CAMPAIGN, LIST, Permits, Written, at, furnished, id, lead, number, rows, shown, start,
};

/// Dials leads that are called by `number(n)` at first, and journals how each attempt ended.
struct Dialler {
    permits: Permits,
    written: Written,
    made: u64,
}

impl Dialler {
    fn tries(&mut self, n: u64, outcome: Outcome, next: Option<Number>) {
        self.made += 1;
        let now = at(i64::try_from(self.made).unwrap() * 100);
        let attempt = id(0xa_0000 + u128::from(self.made));
        let permit = Box::new(self.permits.permit(attempt, n, now));
        let call = id(0xc_0000 + u128::from(self.made));
        self.written.append(now, Event::Permitted { permit, call });
        let status = if next.is_some() { LeadStatus::Due } else { LeadStatus::BadNumber };
        let ended = Event::AttemptEnded {
            attempt,
            lead: lead(n).id,
            campaign: id(CAMPAIGN),
            outcome,
            sip: None,
            q850: None,
            recycle: Recycle { status, next_due_at: Some(now), outcome, number: next },
            attempts: 1,
            carrier_failures: 0,
        };
        self.written.append(now, ended);
        self.written.wait();
    }
}

fn other(n: u64, kind: &str) -> OtherNumber {
    OtherNumber { kind: kind.into(), number: number(n), passed_over: false }
}

async fn stored(store: &Store, n: u64) -> Lead {
    store.leads().find(lead(n).id).await.unwrap().value
}

/// What the tallies of a list say stands at each place, and what its leads say.
async fn places(store: &Store) -> [Vec<String>; 2] {
    let by_tally = "SELECT place, CAST(sum(leads) AS BIGINT) AS leads FROM lead_tally \
        WHERE leads > 0 GROUP BY place ORDER BY place";
    let by_lead = "SELECT place, count(*) AS leads FROM lead GROUP BY place ORDER BY place";
    let of = |found: &[crate::row::Row]| found.iter().map(shown).collect();
    [of(&rows(store, by_tally).await), of(&rows(store, by_lead).await)]
}

#[tokio::test]
async fn a_number_has_its_turn_keeps_its_kind_and_is_found_by_whoever_calls_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let abroad: Number = "+442079460124".parse().unwrap();
    let elsewhere = OtherNumber { number: abroad, ..other(0, "work") };
    let one = Lead {
        number_kind: "mobile".into(),
        other_numbers: vec![elsewhere, other(7, "home")],
        ..lead(1)
    };
    store.leads().insert(&[one.clone(), lead(2)], start()).await.unwrap();
    let mut known = store.leads().numbers(id(LIST), Within::List).await.unwrap();
    known.sort_unstable();
    let mut expected = vec![number(1), number(2), number(7), abroad];
    expected.sort_unstable();
    assert_eq!(known, expected);

    let written = Written::open(&dir.path().join("journal"));
    let mut dialler = Dialler { permits: Permits::after(ChainHead::START), written, made: 0 };
    let mut fold = Fold::open(&store, &dialler.written.journal).await.unwrap();
    dialler.tries(1, Outcome::BadNumber, Some(abroad));
    fold.catch_up().await.unwrap();
    let turned = stored(&store, 1).await;
    let dead = OtherNumber { passed_over: true, ..other(1, "mobile") };
    assert_eq!((turned.number, turned.number_kind.as_str()), (abroad, "work"));
    assert_eq!(turned.other_numbers, [other(7, "home"), dead]);
    assert_eq!(turned.history.recent, [at(100)], "the person was called, whatever the number");
    let [by_tally, by_lead] = places(&store).await;
    assert_eq!((by_tally.len(), by_tally), (2, by_lead));
    // They were called at the number before, and from there they call back.
    for shown in [number(1), abroad] {
        let caller = store.leads().of_number(shown).await.unwrap();
        assert_eq!(caller.map(|lead| lead.id), Some(one.id), "{shown}");
    }
    assert_eq!(store.leads().of_number(number(9)).await.unwrap(), None);
}

/// The list has a number once: a turn that would double it goes to the next number.
#[tokio::test]
async fn a_number_that_is_somebody_elses_on_the_list_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let one = Lead { other_numbers: vec![other(2, "home"), other(7, "work")], ..lead(1) };
    let three = Lead { other_numbers: vec![other(2, "home")], ..lead(3) };
    store.leads().insert(&[one, lead(2), three], start()).await.unwrap();
    let written = Written::open(&dir.path().join("journal"));
    let mut dialler = Dialler { permits: Permits::after(ChainHead::START), written, made: 0 };
    let mut fold = Fold::open(&store, &dialler.written.journal).await.unwrap();
    dialler.tries(1, Outcome::Busy, Some(number(2)));
    dialler.tries(2, Outcome::Busy, Some(number(77)));
    fold.catch_up().await.unwrap();
    let turned = stored(&store, 1).await;
    assert_eq!((turned.number, turned.number_kind.as_str()), (number(7), "work"));
    let taken = OtherNumber { passed_over: true, ..other(2, "home") };
    assert_eq!(turned.other_numbers, [taken, other(1, "")]);
    assert_eq!(turned.status, LeadStatus::Due);
    // None of theirs is left: nobody is dialled at a number that does not exist.
    dialler.tries(3, Outcome::BadNumber, Some(number(2)));
    fold.catch_up().await.unwrap();
    let left = stored(&store, 3).await;
    assert_eq!((left.number, left.status), (number(3), LeadStatus::BadNumber));
    assert_eq!(stored(&store, 2).await.number, number(2));
}
