//! Campaigns at rest.

use dialer::CampaignSettings;
use routing::CampaignId;

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};
use crate::prompts::link;

/// The repository of outbound campaigns.
pub type Campaigns = Documents<CampaignSettings>;

impl Document for CampaignSettings {
    type Id = CampaignId;
    const TABLE: &'static str = "campaign";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> CampaignId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        let trunks = self
            .trunks
            .iter()
            .enumerate()
            .map(|(index, trunk)| Link::new(format!("trunks[{index}]"), Target::Trunk(*trunk)));
        let lists = self
            .lists
            .iter()
            .enumerate()
            .map(|(index, list)| Link::new(format!("lists[{index}]"), Target::List(*list)));
        let cli = self.cli.map(|number| Link::new("cli", Target::Cli(number)));
        let profile = self.profile.map(|id| Link::new("profile", Target::Profile(id)));
        let notice = link("notice", &self.notice);
        let message = self.message.as_deref().map(|clip| link("message", clip));
        let opted_out = self.opt_out_notice.as_deref().map(|clip| link("opt_out_notice", clip));
        let clips = [notice].into_iter().chain(message).chain(opted_out);
        let script = self.script.map(|id| Link::new("script", Target::Script(id)));
        trunks.chain(lists).chain(cli).chain(profile).chain(clips).chain(script).collect()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Campaign(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some(("SELECT 1 FROM call WHERE campaign = $1 LIMIT 1", "records of calls"))
    }
}
