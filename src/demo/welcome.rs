//! What the demo tells the person who started it: addresses, users, and how to register a
//! softphone.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;

/// The text, ready to be printed.
#[derive(Clone, Debug)]
pub struct Welcome<'a> {
    /// Where the desk and the console are, such as `https://127.0.0.1:8443`.
    pub web: &'a str,
    /// Where telephones register.
    pub sip: SocketAddr,
    /// The domain of their address of record.
    pub domain: &'a str,
    /// Digits of the queue's DID.
    pub did: &'a str,
    /// The administrator, then the agents.
    pub users: Vec<User<'a>>,
    /// Where the state is kept.
    pub state: &'a str,
}

/// One login, and the telephone that goes with it.
#[derive(Clone, Debug)]
pub struct User<'a> {
    /// Who it is: `administrator`, or an agent's name.
    pub name: &'a str,
    /// Login name.
    pub username: &'a str,
    /// Its password.
    pub password: &'a str,
    /// Extension and its secret, where there is a telephone.
    pub telephone: Option<(&'a str, &'a str)>,
    /// A simulated agent works here until a person takes over.
    pub simulated: bool,
}

impl<'a> Welcome<'a> {
    /// A user of each role, by the role's name: who has a telephone is an agent.
    fn one_of_each(&self) -> impl Iterator<Item = (&'static str, &User<'a>)> {
        let agent = self.users.iter().find(|user| user.telephone.is_some() && !user.simulated);
        let other = self.users.iter().find(|user| user.telephone.is_none());
        agent.map(|user| ("agent", user)).into_iter().chain(other.map(|user| ("supervisor", user)))
    }
}

impl Display for Welcome<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "Cordboard demo: everything here is on this machine, and nobody is called.\n")?;
        writeln!(f, "  web        {}  (its certificate is its own: accept it once)", self.web)?;
        writeln!(f, "  telephones {} (UDP and TCP), domain {}", self.sip, self.domain)?;
        writeln!(f, "  state      {}\n", self.state)?;
        writeln!(f, "  {:<18} {:<12} {:<18} {:<11} secret", "", "user", "password", "extension")?;
        for user in &self.users {
            let (extension, secret) = user.telephone.unwrap_or(("-", "-"));
            let mark = if user.simulated { "  (simulated)" } else { "" };
            writeln!(
                f,
                "  {:<18} {:<12} {:<18} {extension:<11} {secret}{mark}",
                user.name, user.username, user.password
            )?;
        }
        writeln!(f, "\nOpen in a browser, one link a role:\n")?;
        for (role, user) in self.one_of_each() {
            let User { username, password, .. } = user;
            writeln!(
                f,
                "  {role:<11} {}/{page}#user={username}&password={password}",
                self.web,
                page = if role == "agent" { "desk" } else { "board" }
            )?;
        }
        let Some(user) = self.users.iter().find(|user| user.telephone.is_some() && !user.simulated)
        else {
            return Ok(());
        };
        let (extension, secret) = user.telephone.unwrap_or_default();
        writeln!(f, "\nTo take calls as {}, register any softphone:\n", user.name)?;
        writeln!(f, "  server (registrar, proxy)  {}", self.sip)?;
        writeln!(f, "  domain                     {}", self.domain)?;
        writeln!(f, "  username                   {extension}")?;
        writeln!(f, "  password                   {secret}")?;
        writeln!(f, "  codec                      PCMU or PCMA; no encryption, no STUN\n")?;
        writeln!(
            f,
            "Then log in as {} and clock in: the telephone rings once. Answer",
            user.username
        )?;
        writeln!(f, "and stay on the line; calls arrive there while you are ready.")?;
        writeln!(f, "Callers reach the service queue at {}.", self.did)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn welcome(simulated: bool) -> String {
        let telephone = Some(("501431427", "c0ffee"));
        let agent = User {
            name: "Rita Moreno",
            username: "agent1427",
            password: "s3cret",
            telephone,
            simulated,
        };
        let administrator = User {
            name: "administrator",
            username: "admin",
            password: "pa55",
            telephone: None,
            simulated: false,
        };
        let users = vec![administrator, agent];
        let sip = ([127, 0, 0, 1], 5060).into();
        let (web, did, state) = ("https://127.0.0.1:8443", "+12025550197", "/tmp/demo");
        Welcome { web, sip, domain: "127.0.0.1", did, users, state }.to_string()
    }

    #[test]
    fn a_softphone_is_told_all_it_needs() {
        let text = welcome(false);
        for needed in ["127.0.0.1:5060", "501431427", "c0ffee", "PCMU", "admin", "pa55"] {
            assert!(text.contains(needed), "{needed} is missing in\n{text}");
        }
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?} columns");
    }

    #[test]
    fn each_role_has_a_link_that_fills_the_sign_in() {
        let text = welcome(false);
        let desk = "https://127.0.0.1:8443/desk#user=agent1427&password=s3cret";
        let board = "https://127.0.0.1:8443/board#user=admin&password=pa55";
        assert!(text.contains(desk) && text.contains(board), "{text}");
    }

    #[test]
    fn nobody_is_asked_to_register_where_a_simulated_agent_works() {
        let text = welcome(true);
        assert!(text.contains("(simulated)") && !text.contains("register any softphone"), "{text}");
    }
}
