//! What can be seen from outside: states, records, and who hears whom.

use std::time::Duration;

use admin_api::control::{Command, Reply};
use admin_api::live::{CallView, CampaignView, RecordingMark};
use dialer::campaign::Decision;
use dialer::dnc::Forbidden;
use media::StreamId;
use routing::{CampaignId, Number, StateName};
use store::Event;

use super::World;
use crate::switch::LeftOver;

/// Somebody who hears: an agent's line, or a leg of the carrier, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::switch::tests) enum Ear {
    Agent(usize),
    Leg(usize),
    /// What an agent's telephone called itself.
    Enquiry(usize),
}

impl World {
    /// The last recording that was ordered, with its channels.
    pub(in crate::switch::tests) fn recording(
        &self,
    ) -> Option<(media::RecordingId, [Vec<StreamId>; 2])> {
        self.last_media(|command| match command {
            media::Command::Record { recording, channels } => Some((*recording, channels.clone())),
            _ => None,
        })
    }

    /// The last media command that tells what is asked.
    pub(in crate::switch::tests) fn last_media<T>(
        &self,
        what: impl Fn(&media::Command) -> Option<T>,
    ) -> Option<T> {
        self.media.iter().rev().find_map(what)
    }

    /// The pacing decisions of the last hour, the newest first.
    pub(in crate::switch::tests) fn decisions(&mut self) -> Vec<Decision> {
        self.command(Command::Pacing { campaign: self.scene.campaign.id });
        match self.replies.pop() {
            Some(Ok(Reply::Pacing(decisions))) => decisions,
            other => panic!("not decisions: {other:?}"),
        }
    }

    /// What the queue last showed: in time of the offered, and of the answered.
    pub(in crate::switch::tests) fn service_level(&self) -> (Option<f64>, Option<f64>) {
        let queue = self.queue_shown.as_ref().unwrap();
        (queue.service_level_offered, queue.service_level_answered)
    }

    /// Callers whom the queue last showed as offered to it, and as answered.
    pub(in crate::switch::tests) fn offered(&mut self) -> (u64, u64) {
        self.run(Duration::from_millis(250));
        let queue = self.queue_shown.as_ref().unwrap();
        (queue.offered, queue.answered)
    }

    /// What the queue last showed: who waits on the line, places that are kept, and those so far.
    pub(in crate::switch::tests) fn places_shown(&mut self) -> (u32, u32, u64) {
        self.run(Duration::from_millis(250));
        let queue = self.queue_shown.as_ref().unwrap();
        (queue.waiting, queue.places, queue.kept)
    }

    /// Whoever is at the carrier's leg at this index presses a key.
    pub(in crate::switch::tests) fn caller_presses(&mut self, leg: usize, digit: char) {
        let stream = self.stream(Ear::Leg(leg)).unwrap();
        self.media_says(media::Event::Dtmf { stream, digit });
    }

    /// The same, as a carrier tells it that knows no telephone events (INTEROP 56).
    pub(in crate::switch::tests) fn caller_presses_by_info(&mut self, leg: usize, digit: char) {
        let stream = self.stream(Ear::Leg(leg));
        let parties = self.switch.calls.values().filter_map(|slot| slot.call.customer);
        let leg = parties.into_iter().find(|party| Some(party.stream) == stream).unwrap().leg;
        let now = super::wall(self.start, self.now, self.ahead);
        self.switch.pass_key(now, leg, digit, &mut vec![]);
    }

    /// The list that forbids a campaign to dial a number.
    pub(in crate::switch::tests) fn forbids(
        &self,
        campaign: CampaignId,
        number: Number,
    ) -> Option<Forbidden<'_>> {
        self.switch.gate.dnc().forbids(campaign, number, None)
    }

    /// Callers whom the queue last showed as sent elsewhere.
    pub(in crate::switch::tests) fn overflowed(&self) -> u64 {
        self.queue_shown.as_ref().unwrap().overflowed
    }

    /// How long the queue last told that whoever came then would wait, in seconds.
    pub(in crate::switch::tests) fn likely_wait(&mut self) -> Option<u64> {
        // Figures are shown four times a second.
        self.run(Duration::from_millis(250));
        self.queue_shown.as_ref()?.likely_wait_s
    }

    /// What a desk was last told of the recording of a call.
    pub(in crate::switch::tests) fn recording_mark(&self) -> Option<RecordingMark> {
        self.call_shown().recording
    }

    /// What a desk was last shown of a call.
    pub(in crate::switch::tests) fn call_shown(&self) -> &CallView {
        self.call_shown.as_ref().unwrap()
    }

    /// The campaign as people see it.
    pub(in crate::switch::tests) fn campaign_shown(&self) -> &CampaignView {
        self.campaign_shown.as_ref().unwrap()
    }

    /// SIP messages that the switch sent.
    pub(in crate::switch::tests) fn sip_sent(&self) -> usize {
        self.sent
    }

    /// Why an agent asks for help.
    pub(in crate::switch::tests) fn help_of(&self, index: usize) -> Option<String> {
        self.switch.help.get(&self.scene.agents[index].id).cloned()
    }

    /// The extension of the agent at this index.
    pub(in crate::switch::tests) fn extension(&self, index: usize) -> String {
        let agent = self.scene.agents[index].id;
        self.switch.directory.extension(agent).unwrap().to_owned()
    }

    /// What the watchdog misses of an agent.
    pub(in crate::switch::tests) fn fault_of(&self, index: usize) -> Option<routing::Fault> {
        let agent = self.scene.agents[index].id;
        self.switch.floor.agent(agent).unwrap().presence.fault()
    }

    pub(in crate::switch::tests) fn state(&self, index: usize) -> StateName {
        let agent = self.scene.agents[index].id;
        self.switch.floor.agent(agent).unwrap().state().name()
    }

    /// Whom the leg at this index of the carrier, or the line of this agent, hears.
    pub(in crate::switch::tests) fn hears(&self, who: Ear) -> Vec<Ear> {
        let mut heard = vec![];
        for command in &self.media {
            if let media::Command::Route(route) = command {
                let rows = route.rows.iter().filter(|row| Some(row.listener) == self.stream(who));
                for row in rows {
                    heard = row.hears.iter().map(|heard| heard.from).collect();
                }
            }
        }
        let mut ears: Vec<_> = heard.iter().filter_map(|stream| self.ear(*stream)).collect();
        ears.sort_unstable();
        ears
    }

    fn everybody(&self) -> impl Iterator<Item = Ear> + '_ {
        let agents = (0..self.phones.len()).map(Ear::Agent);
        let enquiries = (0..self.phones.len()).map(Ear::Enquiry);
        agents.chain((0..self.carrier.legs.len()).map(Ear::Leg)).chain(enquiries)
    }

    pub(in crate::switch::tests) fn ear(&self, stream: StreamId) -> Option<Ear> {
        self.everybody().find(|ear| self.stream(*ear) == Some(stream))
    }

    fn stream(&self, ear: Ear) -> Option<StreamId> {
        let switch = &self.switch;
        match ear {
            Ear::Agent(index) => {
                let agent = self.scene.agents[index].id;
                switch.line_up(agent).map(|line| line.stream)
            }
            Ear::Enquiry(index) => {
                let agent = self.scene.agents[index].id;
                switch.enquiries.get(&agent).map(|enquiry| enquiry.party.stream)
            }
            Ear::Leg(index) => {
                let (called, _) = &self.carrier.called[index];
                let slot = switch
                    .calls
                    .values()
                    .find(|slot| slot.call.called == *called || slot.call.calling == *called)?;
                slot.call.customer.map(|party| party.stream)
            }
        }
    }

    /// The first journal entry that tells what is asked.
    pub(in crate::switch::tests) fn find<T>(
        &self,
        what: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        self.journal.iter().find_map(|entry| what(&entry.event))
    }

    /// What each journal entry that tells what is asked tells.
    pub(in crate::switch::tests) fn all<T>(&self, what: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.journal.iter().filter_map(|entry| what(&entry.event)).collect()
    }

    /// Campaigns whose leads were to be looked at anew since this was last asked.
    pub(in crate::switch::tests) fn anew(&mut self) -> Vec<store::leads::Reconsidered> {
        std::mem::take(&mut self.reconsidered)
    }

    pub(in crate::switch::tests) fn recorded(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.journal.iter().filter(|entry| what(&entry.event)).count()
    }

    pub(in crate::switch::tests) fn media(&self, what: impl Fn(&media::Command) -> bool) -> usize {
        self.media.iter().filter(|command| what(command)).count()
    }

    /// The journal, the commands to the plane and the switch itself, as they would be logged.
    pub(in crate::switch::tests) fn prints(&self) -> String {
        format!("{:?} {:?} {:?}", self.journal, self.media, self.switch)
    }

    /// Every media command, in order.
    pub(in crate::switch::tests) fn commands(&self) -> &[media::Command] {
        &self.media
    }

    /// Legs that fell silent, by what was left of the conversation.
    pub(in crate::switch::tests) fn audio_lost(&self) -> Vec<(String, u64)> {
        let metric = self.switch.quality_metrics();
        let samples = metric.samples.into_iter();
        samples.filter_map(|(label, count)| Some((label?.1, count))).collect()
    }

    /// Which of the media commands these are, counted from the first.
    pub(in crate::switch::tests) fn media_at(
        &self,
        what: impl Fn(&media::Command) -> bool,
    ) -> Vec<usize> {
        self.media.iter().enumerate().filter(|(_, one)| what(one)).map(|(at, _)| at).collect()
    }

    /// Conversations that were routed.
    pub(in crate::switch::tests) fn routes(&self) -> usize {
        self.media(|command| match command {
            media::Command::Route(route) => route.rows.iter().all(|row| !row.hears.is_empty()),
            _ => false,
        })
    }

    /// How often a prompt was played.
    pub(in crate::switch::tests) fn plays(&self, name: &str) -> usize {
        self.media(|command| match command {
            media::Command::Play { prompt, .. } => format!("{prompt:?}") == name,
            _ => false,
        })
    }

    pub(in crate::switch::tests) fn agent_state(&self) -> StateName {
        self.state_of(0)
    }

    pub(in crate::switch::tests) fn state_of(&self, index: usize) -> StateName {
        let agent = self.scene.agents[index].id;
        self.switch.floor.agent(agent).unwrap().state().name()
    }

    pub(in crate::switch::tests) fn left_over(&self) -> LeftOver {
        self.switch.left_over()
    }
}
