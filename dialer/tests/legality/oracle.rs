//! The oracle: what is legal, from a plain list of everything that happened.

use crate::dice::Dice;
use crate::sky::{PLACES, Sky};
use dialer::campaigns::{CampaignSettings, LockOut};
use dialer::dnc::DncScope;
use dialer::gate::{Ask, Check, Gate};
use dialer::leads::NumberHistory;
use dialer::window::{CallingWindow, Hours, WindowProfile};
use dialer::{Lead, LeadId, LeadStatus, ListId, Outcome, Permit};
use jiff::{SignedDuration, Timestamp};
use routing::clis::NoCli;
use routing::{CampaignId, CliOrigin, EffectiveCli, Number, TrunkId};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) struct World {
    now: i64,
    people: Vec<Person>,
    campaigns: Vec<CampaignSettings>,
    dnc: BTreeSet<(Option<CampaignId>, Number)>,
    happened: Vec<Happened>,
    live: Vec<Live>,
}

/// A lead as the store has it, and as it was before it was last dialled.
struct Person {
    lead: Lead,
    skies: &'static [&'static str],
    stale: Option<Lead>,
}

struct Happened {
    number: Number,
    at: i64,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Attempt,
    Abandoned,
    Machine,
}

struct Live {
    attempt: dialer::AttemptId,
    person: usize,
    number: Number,
    campaign: CampaignId,
    at: i64,
}

impl World {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        // Days around the changes of all clocks in 2026.
        let starts = ["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-31"];
        let start = format!("{}T00:00:00Z", dice.pick(&starts));
        let now = start.parse::<Timestamp>().unwrap().as_microsecond();
        let mut world = Self {
            now,
            people: Vec::new(),
            campaigns: (0..12).map(|n| campaign(n, dice)).collect(),
            dnc: BTreeSet::new(),
            happened: Vec::new(),
            live: Vec::new(),
        };
        for n in 0..400 {
            let person = world.person(n, dice);
            world.people.push(person);
        }
        world
    }

    fn person(&mut self, n: u128, dice: &mut Dice) -> Person {
        let (prefix, digits, skies) = *dice.pick(&PLACES);
        // Few different numbers, so that people share them.
        let tail = dice.below(12);
        let number: Number = format!("+{prefix}{tail:0digits$}").parse().unwrap();
        let list = ListId::from(Uuid::from_u128(1));
        let mut lead = Lead::new(LeadId::from(Uuid::from_u128(1_000 + n)), list, number);
        if dice.one_in(6) {
            let stated = ["Europe/London", "Asia/Tokyo", "America/Sao_Paulo", "Mars/Olympus"];
            lead.zone = Some((*dice.pick(&stated)).to_owned());
        }
        for what in [What::Attempt, What::Abandoned, What::Machine] {
            if dice.one_in(8) {
                // Longer ago than the store is late, and never twice at the same moment.
                let before = i64::try_from(dice.below(90) + 2).unwrap() * HOUR;
                let at = self.now - before - i64::try_from(n).unwrap();
                self.happened.push(Happened { number, at, what });
            }
        }
        Person { lead, skies, stale: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now).unwrap()
    }

    /// Moves the clock, ends some calls, and lets people change their minds.
    pub(crate) fn pass_time(&mut self, dice: &mut Dice, gate: &mut Gate) {
        self.now += match dice.below(50) {
            0 => i64::try_from(dice.below(20 * 60)).unwrap() * MINUTE,
            1..10 => i64::try_from(dice.below(120)).unwrap() * 1_000_000,
            _ => i64::try_from(dice.below(3_000_000)).unwrap(),
        };
        // Nothing asks further back: the longest rest is 72 h.
        let horizon = self.now - 100 * HOUR;
        self.happened.retain(|happened| happened.at > horizon);
        while self.live.len() > 40 || (!self.live.is_empty() && dice.one_in(3)) {
            let live = self.live.swap_remove(dice.index(self.live.len()));
            self.end(&live, dice, gate);
        }
        if dice.one_in(20) {
            self.change_dnc(dice, gate);
        }
        if dice.one_in(50) {
            let index = dice.index(self.campaigns.len());
            self.campaigns[index].running = !dice.one_in(5);
        }
    }

    fn end(&mut self, live: &Live, dice: &mut Dice, gate: &mut Gate) {
        let Live { attempt, person, number, at, .. } = *live;
        let outcome = *dice.pick(&Outcome::ALL);
        gate.release(self.now(), attempt, outcome);
        let free = [Outcome::CarrierFailure, Outcome::Configuration, Outcome::NoMedia];
        if free.contains(&outcome) {
            self.happened.retain(|h| (h.number, h.at, h.what) != (number, at, What::Attempt));
        } else {
            self.people[person].lead.attempts += 1;
        }
        let marks = [(Outcome::Abandoned, What::Abandoned), (Outcome::Machine, What::Machine)];
        if let Some((_, what)) = marks.into_iter().find(|(marked, _)| *marked == outcome) {
            self.happened.push(Happened { number, at: self.now, what });
        }
        let lead = &mut self.people[person].lead;
        lead.status = *dice.pick(&[LeadStatus::Due, LeadStatus::Callback, LeadStatus::Due]);
        lead.next_due_at = None;
        if dice.one_in(3) {
            let wait = i64::try_from(dice.below(5 * 60)).unwrap() * MINUTE;
            lead.next_due_at = Timestamp::from_microsecond(self.now + wait).ok();
        }
        if dice.one_in(30) {
            lead.status = *dice.pick(&LeadStatus::ALL);
        } else if dice.one_in(20) {
            // They give another life to the lead: a new list with the same people.
            lead.attempts = 0;
        }
    }

    fn change_dnc(&mut self, dice: &mut Dice, gate: &mut Gate) {
        let number = dice.pick(&self.people).lead.number;
        let campaign = dice.pick(&self.campaigns).id;
        let (scope, key) = if dice.one_in(2) {
            (DncScope::Organisation, (None, number))
        } else {
            (DncScope::Campaign(campaign), (Some(campaign), number))
        };
        let listed = self.dnc.len();
        if dice.below(40) < u64::try_from(listed).unwrap() {
            self.dnc.remove(&key);
            gate.dnc_mut().remove(scope, number);
        } else {
            self.dnc.insert(key);
            let bound = |live: &&Live| key.0.is_none_or(|id| id == live.campaign);
            let live = self.live.iter().find(|live| live.number == number);
            let expected = live.filter(bound).map(|live| live.attempt);
            assert_eq!(gate.forbid(scope, number), expected);
        }
    }

    /// A lead as the store reads it: now and then a little late.
    pub(crate) fn lead(&mut self, dice: &mut Dice) -> Lead {
        let person = dice.index(self.people.len());
        let late = dice.one_in(4);
        let person = &self.people[person];
        let dialled = person.lead.last_attempt_at.map_or(i64::MIN, Timestamp::as_microsecond);
        let mut lead = match &person.stale {
            Some(stale) if late && dialled > self.now - 20 * HOUR => stale.clone(),
            _ => person.lead.clone(),
        };
        let known_until = if late { self.now - HOUR } else { self.now };
        let at = |what: What, from: i64| {
            let of_number = move |h: &&Happened| h.number == lead.number && h.what == what;
            let times = self.happened.iter().filter(of_number).map(|h| h.at);
            let mut times: Vec<_> = times.filter(|at| (from..=known_until).contains(at)).collect();
            times.sort_unstable();
            times.into_iter().map(|at| Timestamp::from_microsecond(at).unwrap()).collect::<Vec<_>>()
        };
        lead.history = NumberHistory {
            recent: at(What::Attempt, self.now - 30 * HOUR),
            abandoned_at: at(What::Abandoned, i64::MIN).last().copied(),
            machine_at: at(What::Machine, i64::MIN).last().copied(),
        };
        lead
    }

    pub(crate) fn campaign(&self, dice: &mut Dice) -> CampaignSettings {
        dice.pick(&self.campaigns).clone()
    }

    /// Notes that a permit was given.
    pub(crate) fn dialled(&mut self, permit: &Permit) {
        let at = permit.at().as_microsecond();
        let index = self.people.iter().position(|p| p.lead.id == permit.lead()).unwrap();
        let person = &mut self.people[index];
        person.stale = Some(person.lead.clone());
        person.lead.last_attempt_at = Some(permit.at());
        person.lead.status = LeadStatus::InFlight;
        let number = permit.number();
        self.happened.push(Happened { number, at, what: What::Attempt });
        self.live.push(Live {
            attempt: permit.attempt(),
            person: index,
            number,
            campaign: permit.campaign(),
            at,
        });
    }

    /// Every rule that dialling would break at `now`, in the gate's order.
    pub(crate) fn why_illegal(&self, now: Timestamp, ask: &Ask<'_>) -> Vec<Check> {
        let (lead, campaign, now) = (ask.lead, ask.campaign, now.as_microsecond());
        let person = self.people.iter().find(|p| p.lead.id == lead.id).unwrap();
        let of_number = |what: What| {
            self.happened.iter().filter(move |h| h.number == lead.number && h.what == what)
        };
        let in_24h = of_number(What::Attempt).filter(|h| h.at > now - 24 * HOUR).count();
        let resting = |what: What, hours: u16| {
            hours > 0 && of_number(what).any(|h| now < h.at + i64::from(hours) * HOUR)
        };
        let rests = campaign.lock_out;
        let due = lead.next_due_at.is_none_or(|due| due.as_microsecond() <= now);
        let newest = lead.last_attempt_at == person.lead.last_attempt_at;
        let dialable =
            [LeadStatus::New, LeadStatus::Due, LeadStatus::Callback].contains(&lead.status);
        let forbidden = [None, Some(campaign.id)]
            .into_iter()
            .any(|scope| self.dnc.contains(&(scope, lead.number)));
        let claimed = self
            .live
            .iter()
            .any(|live| live.number == lead.number || self.people[live.person].lead.id == lead.id);
        let rules = [
            (Check::Running, campaign.running),
            (Check::Trunk, campaign.trunks.contains(&ask.trunk)),
            (Check::Cli, ask.cli.is_ok()),
            (Check::Lead, dialable && due && newest),
            (Check::Claim, !claimed),
            (Check::Dnc, !forbidden),
            (Check::Attempts, lead.attempts < u32::from(campaign.max_attempts)),
            (Check::AttemptsIn24h, in_24h < usize::from(campaign.max_attempts_24h)),
            (
                Check::LockOut,
                !resting(What::Abandoned, rests.after_abandoned_h)
                    && !resting(What::Machine, rests.after_machine_h),
            ),
            (Check::Window, in_window(now, &campaign.window, person.skies, lead.zone.as_deref())),
        ];
        rules.into_iter().filter(|(_, kept)| !kept).map(|(check, _)| check).collect()
    }

    /// Whether waiting is all it takes: every rule that is broken is one of time, and some hour
    /// of the coming fortnight is legal everywhere.
    pub(crate) fn time_heals(&self, ask: &Ask<'_>) -> bool {
        let of_time = [Check::AttemptsIn24h, Check::LockOut, Check::Window];
        let mut broken = self.why_illegal(self.now(), ask);
        let due_later = ask.lead.status.is_dialable()
            && ask.lead.next_due_at.is_some_and(|due| due > self.now())
            && self.people.iter().any(|p| {
                p.lead.id == ask.lead.id && p.lead.last_attempt_at == ask.lead.last_attempt_at
            });
        broken.retain(|check| *check != Check::Lead || !due_later);
        let hours = (0..14 * 24).map(|hour| self.now() + SignedDuration::from_hours(hour));
        broken.iter().all(|check| of_time.contains(check)) && { hours }
            .any(|at| !self.why_illegal(at, ask).contains(&Check::Window))
    }
}

pub(crate) fn cli(dice: &mut Dice) -> Result<EffectiveCli, NoCli> {
    let number = "+442079460999".parse().unwrap();
    if dice.one_in(40) {
        return Err(NoCli::Unset);
    }
    Ok(EffectiveCli { number, origin: CliOrigin::Campaign })
}

pub(crate) fn trunk(dice: &mut Dice) -> TrunkId {
    TrunkId::from(Uuid::from_u128(if dice.one_in(40) { 99 } else { 7 }))
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

fn in_window(now: i64, window: &CallingWindow, skies: &[&str], stated: Option<&str>) -> bool {
    let names: Vec<_> = skies.iter().copied().chain(stated).collect();
    let inside = |name: &&str| {
        let Some(sky) = Sky::named(name) else { return false };
        let local = sky.local(now);
        window.hours.iter().any(|hours| {
            let days: Vec<String> = hours.days.into();
            let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let today = names[usize::try_from(local.weekday).unwrap()];
            let micros = |time: jiff::civil::Time| {
                i64::from(time.hour()) * HOUR + i64::from(time.minute()) * MINUTE
            };
            let to = if micros(hours.to) == 0 { 24 * HOUR } else { micros(hours.to) };
            days.iter().any(|day| day == today)
                && (micros(hours.from)..to).contains(&local.micros_of_day)
        })
    };
    !names.is_empty() && names.iter().all(inside)
}

fn campaign(n: u128, dice: &mut Dice) -> CampaignSettings {
    let id = CampaignId::from(Uuid::from_u128(100 + n));
    let mut settings = CampaignSettings::new(id, format!("Campaign {n}"));
    settings.running = true;
    settings.trunks = vec![TrunkId::from(Uuid::from_u128(7))];
    settings.max_attempts = u16::try_from(2 + dice.below(6)).unwrap();
    settings.max_attempts_24h = u16::try_from(1 + dice.below(4)).unwrap();
    let rest = |dice: &mut Dice| *dice.pick(&[0, 0, 1, 24, 72]);
    settings.lock_out = LockOut { after_abandoned_h: rest(dice), after_machine_h: rest(dice) };
    settings.window = match dice.below(5) {
        0 => CallingWindow::uk(),
        1 => CallingWindow::ca(),
        2 => CallingWindow::au(),
        _ => CallingWindow::us(),
    };
    settings.window.regions.clear();
    if dice.one_in(2) {
        settings.window.profile = WindowProfile::Custom;
        settings.window.hours = (0..2).map(|_| hours(dice)).collect();
    }
    settings
}

/// Any stretch of some days, in the small hours as well, where clocks change.
fn hours(dice: &mut Dice) -> Hours {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let days: Vec<String> =
        names.iter().filter(|_| !dice.one_in(4)).map(|day| (*day).to_owned()).collect();
    let from = dice.below(1_380);
    let to = from + 60 + dice.below(1_440 - 60 - from + 1);
    let part = |minute: u64| i8::try_from(minute).unwrap();
    let to = to % 1_440;
    let days = days.try_into().unwrap();
    Hours::new(days, part(from / 60), part(from % 60), part(to / 60), part(to % 60))
}
