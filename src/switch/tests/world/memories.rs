//! What pacers keep, and how numbers fare, as a test sees it.

use admin_api::control::Reply;
use dialer::CampaignSettings;
use dialer::pacer::Learnt;
use store::Event;

use super::World;

impl World {
    /// The campaign's settings.
    pub(in crate::switch::tests) fn campaign(&self) -> CampaignSettings {
        self.scene.campaign.clone()
    }

    /// What the store remembers of every hour.
    pub(in crate::switch::tests) fn remembers(&mut self, memory: Learnt) {
        self.memory = Some(memory);
    }

    /// Hours of the week that the store was asked for.
    pub(in crate::switch::tests) fn recalls(&self) -> Vec<u8> {
        self.recalls.iter().map(|hour| hour.number()).collect()
    }

    /// What was written down of this hour.
    pub(in crate::switch::tests) fn learnt(&self, hour: u8) -> Vec<Learnt> {
        let of = |event: &Event| match event {
            Event::PacerLearnt { hour: of, learnt, .. } if of.number() == hour => {
                Some((**learnt).clone())
            }
            _ => None,
        };
        self.journal.iter().filter_map(|entry| of(&entry.event)).collect()
    }

    /// The number that the campaign shows.
    pub(in crate::switch::tests) fn own_cli(&self) -> routing::Cli {
        let own = self.scene.clis.iter().find(|cli| Some(cli.number) == self.scene.campaign.cli);
        own.unwrap().clone()
    }

    /// How often it said something like this in the log.
    pub(in crate::switch::tests) fn warnings(&self, like: &str) -> usize {
        self.warnings.iter().filter(|what| what.contains(like)).count()
    }

    /// The answer to the last command.
    pub(in crate::switch::tests) fn reply(&mut self) -> Option<Reply> {
        self.replies.pop().and_then(Result::ok)
    }

    /// The plane has no clip of the name it was last asked for.
    pub(in crate::switch::tests) fn clip_is_missing(&mut self) {
        let asked = self.last_media(|command| match command {
            media::Command::Play { stream, prompt: media::Prompt::Named(clip), .. } => {
                Some((*stream, clip.0.clone()))
            }
            _ => None,
        });
        let (stream, clip) = asked.unwrap();
        let failure = media::Failure::UnknownPrompt(clip);
        self.media_says(media::Event::Failed { stream: Some(stream), failure });
    }

    /// A clip of this tag that the last one replaced was over when it did.
    pub(in crate::switch::tests) fn clip_ends(&mut self, tag: u64) {
        let stream = self.last_media(|command| match command {
            media::Command::Play { stream, .. } => Some(*stream),
            _ => None,
        });
        self.media_says(media::Event::PlayEnded { stream: stream.unwrap(), tag });
    }

    /// The prompt that was begun last is over.
    pub(in crate::switch::tests) fn message_ends(&mut self) {
        let begun = self.media.iter().rev().find_map(|command| match command {
            media::Command::Play { stream, tag, .. } => Some((*stream, *tag)),
            _ => None,
        });
        let (stream, tag) = begun.unwrap();
        self.media_says(media::Event::PlayEnded { stream, tag });
    }
}
