//! What every repository promises, on a database of its own: the same tests run on each database
//! that the store can use.

mod answerers;
mod api_tokens;
mod attendance;
mod audit;
mod batches;
mod call_in_pins;
mod call_legs;
mod callbacks;
mod claims;
mod compliance;
mod funnel;
mod kept_places;
mod leads;
mod mailed_links;
mod moving;
mod numbers;
mod opting_out;
mod outages;
mod past;
mod people;
mod persons;
mod prompts;
mod reach;
mod reconcile;
mod recordings;
mod records;
mod reports;
mod retention;
mod scripts;
mod settings;
mod sign_in;
mod stats;
mod voicemails;
mod webhooks;
mod workflows;
