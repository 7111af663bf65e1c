//! The dialer: campaigns, leads, outcomes, the compliance gate and pacing.
