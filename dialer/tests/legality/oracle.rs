//! The oracle: what is legal, from a plain list of everything that happened.

use crate::dice::Dice;
use crate::sky::{ADDRESSES, Local, PLACES, Sky};
use dialer::campaigns::{CampaignSettings, LockOut};
use dialer::dnc::{DncScope, Register, RegisterSettings};
use dialer::gate::{Ask, Check, Gate};
use dialer::leads::NumberHistory;
use dialer::rules::{self, ConsentRule, LegalProfile, NumberCaps};
use dialer::window::{CallingWindow, Days, Hours, WindowProfile};
use dialer::{Consent, ConsentKind, Lead, LeadId, LeadStatus, ListId, Outcome, Permit};
use dialer::{ProfileId, RegisterId};
use jiff::{SignedDuration, Timestamp};
use routing::clis::NoCli;
use routing::{CampaignId, CliOrigin, EffectiveCli, Number, TrunkId};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) struct World {
    now: i64,
    people: Vec<Person>,
    campaigns: Vec<CampaignSettings>,
    profiles: Vec<LegalProfile>,
    dnc: BTreeSet<(Option<CampaignId>, Number)>,
    registers: [Listed; 2],
    happened: Vec<Happened>,
    live: Vec<Live>,
}

/// A lead as the store has it, and as it was before it was last dialled.
struct Person {
    lead: Lead,
    skies: Vec<&'static str>,
    regions: Vec<&'static str>,
    stale: Option<Lead>,
}

/// A register as it was last imported, and the consent that lifts it.
struct Listed {
    lifted_by: Option<ConsentKind>,
    numbers: BTreeSet<Number>,
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
    consent: Option<ConsentKind>,
    at: i64,
}

impl World {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        // Days around the changes of all clocks in 2026.
        let starts = ["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-31"];
        let start = format!("{}T00:00:00Z", dice.pick(&starts));
        let now = start.parse::<Timestamp>().unwrap().as_microsecond();
        let profiles: Vec<_> = (0..4).map(|n| profile(n, now, dice)).collect();
        let register = |lifted_by| Listed { lifted_by, numbers: BTreeSet::new() };
        let mut world = Self {
            now,
            people: Vec::new(),
            campaigns: (0..12).map(|n| campaign(n, now, &profiles, dice)).collect(),
            profiles,
            dnc: BTreeSet::new(),
            registers: [register(None), register(Some(ConsentKind::Written))],
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
        let (prefix, digits, region, skies) = *dice.pick(&PLACES);
        // Few different numbers, so that people share them.
        let tail = dice.below(12);
        let number: Number = format!("+{prefix}{tail:0digits$}").parse().unwrap();
        let list = ListId::from(Uuid::from_u128(1));
        let mut lead = Lead::new(LeadId::from(Uuid::from_u128(1_000 + n)), list, number);
        if dice.one_in(6) {
            let stated = ["Europe/London", "Asia/Tokyo", "America/Sao_Paulo", "Mars/Olympus"];
            lead.zone = Some((*dice.pick(&stated)).to_owned());
        }
        let mut regions: Vec<_> =
            Some(region).filter(|code| !code.is_empty()).into_iter().collect();
        let mut skies = skies.to_vec();
        if dice.one_in(6) {
            let (address, there) = *dice.pick(&ADDRESSES);
            lead.region = Some(address.to_owned());
            regions.push(address);
            skies.extend(there);
        }
        lead.consent = self.consent(dice);
        lead.attempts = u32::try_from(dice.below(4)).unwrap();
        for what in [What::Attempt, What::Attempt, What::Abandoned, What::Machine] {
            if dice.one_in(8) {
                // Longer ago than the store is late, and never twice at the same moment.
                let before = i64::try_from(dice.below(180) + 2).unwrap() * HOUR;
                let at = self.now - before - i64::try_from(n).unwrap();
                self.happened.push(Happened { number, at, what });
            }
        }
        Person { lead, skies, regions, stale: None }
    }

    /// Most agreed at some time; some of them not yet, or not any more.
    fn consent(&self, dice: &mut Dice) -> Option<Consent> {
        if dice.one_in(10) {
            return None;
        }
        let moment = |hours: i64| Timestamp::from_microsecond(self.now + hours * HOUR).unwrap();
        let given = if dice.one_in(12) { 20 } else { -500 };
        let until = dice.one_in(8).then(|| moment(given + 510));
        let kind = *dice.pick(&[ConsentKind::Express, ConsentKind::Written, ConsentKind::Written]);
        Some(Consent { kind, given_at: moment(given), until, source: String::new() })
    }

    pub(crate) fn profiles(&self) -> &[LegalProfile] {
        &self.profiles
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
        // Nothing asks further back: the longest cap is a week.
        let horizon = self.now - 200 * HOUR;
        self.happened.retain(|happened| happened.at > horizon);
        while self.live.len() > 40 || (!self.live.is_empty() && dice.one_in(3)) {
            let live = self.live.swap_remove(dice.index(self.live.len()));
            self.end(&live, dice, gate);
        }
        if dice.one_in(20) {
            self.change_dnc(dice, gate);
        }
        if dice.one_in(150) {
            self.import_register(dice, gate);
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
        let free = [Outcome::CarrierFailure, Outcome::Configuration];
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
            let expected: Vec<_> =
                live.filter(bound).map(|live| live.attempt).into_iter().collect();
            assert_eq!(gate.forbid(scope, number), expected);
        }
    }

    /// A national register comes anew, and some of its numbers are new.
    fn import_register(&mut self, dice: &mut Dice, gate: &mut Gate) {
        let which = dice.index(self.registers.len());
        let numbers: BTreeSet<_> = (0..2).map(|_| dice.pick(&self.people).lead.number).collect();
        let register = &mut self.registers[which];
        register.numbers.clone_from(&numbers);
        let settings = RegisterSettings {
            id: RegisterId::from(Uuid::from_u128(which as u128)),
            name: format!("Register {which}"),
            lifted_by: register.lifted_by,
            fresh_for_days: None,
        };
        let lifted = register.lifted_by;
        let bound = |live: &&Live| {
            numbers.contains(&live.number) && lifted.is_none_or(|by| live.consent < Some(by))
        };
        let expected: BTreeSet<_> =
            self.live.iter().filter(bound).map(|live| live.attempt).collect();
        let told = gate.enlist(Register::new(settings, numbers.iter().copied().collect()));
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), expected);
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
            recent: at(What::Attempt, self.now - 170 * HOUR),
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
            consent: permit.evidence().findings.consent.as_ref().map(|consent| consent.kind),
            at,
        });
    }

    /// Every rule that dialling would break at `now`, in the gate's order.
    pub(crate) fn why_illegal(&self, now: Timestamp, ask: &Ask<'_>) -> Vec<Check> {
        let (lead, campaign, now) = (ask.lead, ask.campaign, now.as_microsecond());
        let person = self.people.iter().find(|p| p.lead.id == lead.id).unwrap();
        let law = self.profiles.iter().find(|law| Some(law.id) == campaign.profile);
        let newest = lead.last_attempt_at == person.lead.last_attempt_at;
        let dialable =
            [LeadStatus::New, LeadStatus::Due, LeadStatus::Callback].contains(&lead.status);
        let due = lead.next_due_at.is_none_or(|due| due.as_microsecond() <= now);
        let claimed = self
            .live
            .iter()
            .any(|live| live.number == lead.number || self.people[live.person].lead.id == lead.id);
        let holding = lead.consent.as_ref().filter(|consent| {
            consent.given_at.as_microsecond() <= now
                && consent.until.is_none_or(|until| now < until.as_microsecond())
        });
        let consent = holding.map(|consent| consent.kind);
        let asked = [campaign.consent, law.map_or(ConsentRule::None, |law| law.consent)];
        let agreed = asked.into_iter().all(|rule| match rule {
            ConsentRule::None => true,
            ConsentRule::Express => consent.is_some(),
            ConsentRule::Written => consent == Some(ConsentKind::Written),
        });
        let made = |from: i64| self.count(lead.number, What::Attempt, from);
        let caps = law.map(|law| law.caps).unwrap_or_default();
        let under = |cap: Option<u16>, made: usize| cap.is_none_or(|cap| made < usize::from(cap));
        let skies = person.skies.iter().copied().chain(lead.zone.as_deref());
        let today = skies.clone().filter_map(Sky::named).all(|sky| {
            let midnight = sky.midnight_before(now);
            under(caps.in_day, made(midnight - 1))
        });
        let zone_is_known = lead.zone.as_deref().is_none_or(|zone| Sky::named(zone).is_some());
        let windows = [Some(&campaign.window), law.map(|law| &law.window)];
        let rules = [
            (Check::Running, campaign.running),
            (Check::Trunk, campaign.trunks.contains(&ask.trunk)),
            (Check::Profile, law.is_none_or(|law| is_kept(law, campaign))),
            (Check::Cli, ask.cli.as_ref().is_ok_and(|cli| cli.number != premium())),
            (Check::Lead, dialable && newest),
            (Check::Claim, !claimed),
            (Check::Dnc, !self.is_listed(campaign.id, lead.number, consent)),
            (Check::Consent, agreed),
            (
                Check::Attempts,
                lead.status == LeadStatus::Callback
                    || lead.attempts < u32::from(campaign.max_attempts),
            ),
            (
                Check::AttemptsIn24h,
                made(now - 24 * HOUR) < usize::from(campaign.max_attempts_24h)
                    && under(caps.in_24h, made(now - 24 * HOUR)),
            ),
            (Check::AttemptsToday, today || !zone_is_known),
            (Check::AttemptsIn7d, under(caps.in_7d, made(now - 7 * 24 * HOUR))),
            (Check::LockOut, !self.rests(lead.number, now, campaign, law)),
            (
                Check::Window,
                windows.into_iter().flatten().all(|window| {
                    in_window(now, window, &skies.clone().collect::<Vec<_>>(), &person.regions)
                }),
            ),
            (Check::Due, due),
        ];
        rules.into_iter().filter(|(_, kept)| !kept).map(|(check, _)| check).collect()
    }

    fn count(&self, number: Number, what: What, after: i64) -> usize {
        let of_number = |h: &&Happened| h.number == number && h.what == what && h.at > after;
        self.happened.iter().filter(of_number).count()
    }

    fn is_listed(&self, id: CampaignId, number: Number, consent: Option<ConsentKind>) -> bool {
        let own = [None, Some(id)].into_iter().any(|scope| self.dnc.contains(&(scope, number)));
        own || self.registers.iter().any(|register| {
            let lifted = register.lifted_by.is_some_and(|by| consent >= Some(by));
            register.numbers.contains(&number) && !lifted
        })
    }

    fn rests(
        &self,
        number: Number,
        now: i64,
        campaign: &CampaignSettings,
        law: Option<&LegalProfile>,
    ) -> bool {
        let rules = [Some(campaign.lock_out), law.map(|law| law.lock_out)];
        rules.into_iter().flatten().any(|rests| {
            let resting = |what: What, hours: u16| {
                hours > 0 && self.count(number, what, now - i64::from(hours) * HOUR) > 0
            };
            resting(What::Abandoned, rests.after_abandoned_h)
                || resting(What::Machine, rests.after_machine_h)
        })
    }

    /// Whether waiting is all it takes: some hour of the coming fortnight is legal.
    pub(crate) fn time_heals(&self, ask: &Ask<'_>) -> bool {
        let of_time = [
            Check::Consent,
            Check::AttemptsIn24h,
            Check::AttemptsToday,
            Check::AttemptsIn7d,
            Check::LockOut,
            Check::Window,
            Check::Due,
        ];
        let broken = self.why_illegal(self.now(), ask);
        let begins = ask.lead.consent.as_ref().is_some_and(|given| given.given_at > self.now());
        if broken.contains(&Check::Consent) && !begins {
            return false;
        }
        let hours = (0..14 * 24).map(|hour| self.now() + SignedDuration::from_hours(hour));
        broken.iter().all(|check| of_time.contains(check)) && { hours }
            .any(|at| self.why_illegal(at, ask).is_empty())
    }
}

pub(crate) fn cli(dice: &mut Dice) -> Result<EffectiveCli, NoCli> {
    let number = "+442079460999".parse().unwrap();
    match dice.below(80) {
        0 => Err(NoCli::Unset),
        1 => Ok(EffectiveCli { number: premium(), origin: CliOrigin::Campaign }),
        _ => Ok(EffectiveCli { number, origin: CliOrigin::Campaign }),
    }
}

/// A premium number of the UK: Ofcom's National Telephone Numbering Plan, 09.
fn premium() -> Number {
    "+449091234567".parse().unwrap()
}

pub(crate) fn trunk(dice: &mut Dice) -> TrunkId {
    TrunkId::from(Uuid::from_u128(if dice.one_in(40) { 99 } else { 7 }))
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

fn in_window(now: i64, window: &CallingWindow, skies: &[&str], regions: &[&str]) -> bool {
    let regions = if regions.is_empty() { &[""][..] } else { regions };
    !skies.is_empty()
        && skies.iter().all(|sky| {
            let Some(sky) = Sky::named(sky) else { return false };
            regions.iter().all(|region| in_hours(&sky.local(now), window, region))
        })
}

/// RULES US-3, US-4: it rings for long enough, and whoever hears its notice has a key.
fn is_kept(law: &LegalProfile, campaign: &CampaignSettings) -> bool {
    let has_key = campaign.opt_out_key.is_some() || !law.opt_out_key;
    campaign.ring_timeout_s >= law.ring_min_s && has_key
}

/// A part of a country has its own hours, or its country's, or everybody's; holidays add up.
fn in_hours(local: &Local, window: &CallingWindow, region: &str) -> bool {
    let country = region.split('-').next().unwrap();
    let hours = window.regions.get(region).or_else(|| window.regions.get(country));
    let closed = [region, country].into_iter().filter_map(|code| window.holidays.get(code));
    let today = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(local.day);
    if closed.flatten().any(|date| *date == today) {
        return false;
    }
    hours.unwrap_or(&window.hours).iter().any(|hours| {
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
}

fn campaign(n: u128, now: i64, laws: &[LegalProfile], dice: &mut Dice) -> CampaignSettings {
    let id = CampaignId::from(Uuid::from_u128(100 + n));
    let mut settings = CampaignSettings::new(id, format!("Campaign {n}"));
    settings.running = true;
    settings.trunks = vec![TrunkId::from(Uuid::from_u128(7))];
    settings.max_attempts = u16::try_from(2 + dice.below(6)).unwrap();
    settings.max_attempts_24h = u16::try_from(1 + dice.below(4)).unwrap();
    settings.lock_out = rests(dice);
    settings.profile = Some(dice.pick(laws).id).filter(|_| !dice.one_in(3));
    settings.ring_timeout_s = *dice.pick(&[15, 25, 25, 25, 25, 25, 25, 25, 25]);
    settings.opt_out_key = Some('9').filter(|_| !dice.one_in(9));
    let asked = [ConsentRule::None, ConsentRule::None, ConsentRule::None, ConsentRule::Express];
    settings.consent = *dice.pick(&asked);
    settings.window = window(now, dice);
    settings
}

fn profile(n: u128, now: i64, dice: &mut Dice) -> LegalProfile {
    let mut law = rules::shipped().swap_remove(0);
    law.id = ProfileId::from(Uuid::from_u128(n));
    law.window = window(now, dice);
    let cap = |dice: &mut Dice, least: u64| {
        u16::try_from(least + dice.below(2)).ok().filter(|_| !dice.one_in(3))
    };
    law.caps = NumberCaps { in_24h: cap(dice, 2), in_day: cap(dice, 1), in_7d: cap(dice, 2) };
    law.lock_out = rests(dice);
    law.ring_min_s = 15 + u16::try_from(dice.below(2)).unwrap();
    law.opt_out_key = dice.one_in(2);
    law.consent = *dice.pick(&[
        ConsentRule::None,
        ConsentRule::None,
        ConsentRule::Express,
        ConsentRule::Written,
    ]);
    law
}

fn rests(dice: &mut Dice) -> LockOut {
    let rest = |dice: &mut Dice| *dice.pick(&[0, 0, 1, 24, 72]);
    LockOut { after_abandoned_h: rest(dice), after_machine_h: rest(dice) }
}

/// Hours of the book or of chance, with regions of their own and holidays near `now`.
fn window(now: i64, dice: &mut Dice) -> CallingWindow {
    let mut window = match dice.below(6) {
        0 => CallingWindow::uk(),
        1 => CallingWindow::ca(),
        2 => CallingWindow::au(),
        3 => CallingWindow::de(),
        _ => CallingWindow::us(),
    };
    if dice.one_in(3) {
        window.profile = WindowProfile::Custom;
        window.hours = (0..2).map(|_| hours(dice)).collect();
        window.regions.insert("US-HI".to_owned(), vec![hours(dice)]);
        window.regions.insert("AU".to_owned(), vec![hours(dice)]);
    }
    if dice.one_in(2) {
        // Round the clock: what else forbids a dial is seen more often.
        window.profile = WindowProfile::Custom;
        window.hours = vec![Hours::new(Days::ALL, 0, 0, 0, 0)];
        window.regions.clear();
    }
    let today = Timestamp::from_microsecond(now).unwrap().in_tz("UTC").unwrap().date();
    for code in ["US", "US-FL", "DE", "AU"] {
        let day = today + jiff::Span::new().days(i64::try_from(dice.below(9)).unwrap());
        window.holidays.insert(code.to_owned(), [day].into());
    }
    window
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
