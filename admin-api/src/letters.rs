//! What letters about somebody's login say, in the languages of the desk.
//!
//! Whatever stands in a letter was checked to be one line when it was stored; a time is that of the
//! organisation, written as every language reads it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::organisation;
use crate::post::Letter;
use crate::problem::Problem;

/// A language of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LetterLanguage {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Arabic.
    Ar,
}

/// Who writes, and what the clock says there.
pub(crate) struct Writer {
    name: String,
    zone: TimeZone,
    language: LetterLanguage,
}

impl Writer {
    /// The organisation as it is now; a new installation goes by the product's name.
    pub(crate) async fn of(api: &Api, language: LetterLanguage) -> Result<Self, Problem> {
        let found = organisation::find(api).await?.map(|found| found.value);
        let zone = found.as_ref().and_then(|found| TimeZone::get(&found.time_zone).ok());
        let name = found.map_or_else(|| "Cordboard".to_owned(), |found| found.name);
        Ok(Self { name, zone: zone.unwrap_or(TimeZone::UTC), language })
    }

    /// Asks somebody to come.
    pub(crate) fn invitation(&self, to: &str, user: &str, link: &str, until: Timestamp) -> Letter {
        let (name, until) = (&self.name, self.time(until));
        let (subject, text) = match self.language {
            LetterLanguage::En => (
                format!("Your invitation to {name}"),
                format!(
                    "You are invited to the telephone desk of {name}. Your user name is {user}.\n\
                     \nChoose your password here:\n{link}\n\nThe link works once, until {until}. \
                     If you did not expect this e-mail, ignore it.\n"
                ),
            ),
            LetterLanguage::De => (
                format!("Ihre Einladung zu {name}"),
                format!(
                    "Sie sind an den Telefonplatz von {name} eingeladen. Ihr Benutzername ist \
                     {user}.\n\nWählen Sie hier Ihr Passwort:\n{link}\n\nDer Link gilt einmal, \
                     bis {until}. Wenn Sie diese E-Mail nicht erwartet haben, lassen Sie sie \
                     liegen.\n"
                ),
            ),
            LetterLanguage::Ar => (
                format!("دعوتك إلى {name}"),
                format!(
                    "أنت مدعو إلى مكتب الهاتف لدى {name}. اسم المستخدم الخاص بك هو {user}.\n\n\
                     اختر كلمة المرور هنا:\n{link}\n\nيعمل الرابط مرة واحدة، حتى {until}. \
                     إذا لم تكن تتوقع هذه الرسالة فتجاهلها.\n"
                ),
            ),
        };
        Letter { to: to.to_owned(), subject, text }
    }

    /// Answers somebody who forgot the password, or who says so.
    pub(crate) fn reset(&self, to: &str, user: &str, link: &str, until: Timestamp) -> Letter {
        let (name, until) = (&self.name, self.time(until));
        let (subject, text) = match self.language {
            LetterLanguage::En => (
                format!("A new password for {name}"),
                format!(
                    "Somebody asked for a new password for the user {user} of {name}.\n\nChoose it \
                     here:\n{link}\n\nThe link works once, until {until}. If it was not you, leave \
                     this e-mail be: your password stays as it is.\n"
                ),
            ),
            LetterLanguage::De => (
                format!("Ein neues Passwort für {name}"),
                format!(
                    "Jemand hat um ein neues Passwort für den Benutzer {user} von {name} \
                     gebeten.\n\nWählen Sie es hier:\n{link}\n\nDer Link gilt einmal, bis {until}. \
                     Wenn Sie das nicht waren, lassen Sie diese E-Mail liegen: Ihr Passwort \
                     bleibt, wie es ist.\n"
                ),
            ),
            LetterLanguage::Ar => (
                format!("كلمة مرور جديدة لدى {name}"),
                format!(
                    "طلب أحدهم كلمة مرور جديدة للمستخدم {user} لدى {name}.\n\nاخترها هنا:\n{link}\n\
                     \nيعمل الرابط مرة واحدة، حتى {until}. إذا لم تكن أنت فتجاهل هذه الرسالة: \
                     تبقى كلمة مرورك كما هي.\n"
                ),
            ),
        };
        Letter { to: to.to_owned(), subject, text }
    }

    /// Tells somebody that the password is another now.
    pub(crate) fn password_changed(&self, to: &str, user: &str, at: Timestamp) -> Letter {
        let (name, at) = (&self.name, self.time(at));
        let (subject, text) = match self.language {
            LetterLanguage::En => (
                format!("Your password for {name} was changed"),
                format!(
                    "The password of the user {user} of {name} was changed at {at} by a link that \
                     was mailed to you, and every session has ended. If it was not you, tell your \
                     administrator at once.\n"
                ),
            ),
            LetterLanguage::De => (
                format!("Ihr Passwort für {name} wurde geändert"),
                format!(
                    "Das Passwort des Benutzers {user} von {name} wurde um {at} durch einen Link \
                     geändert, der Ihnen geschickt wurde, und jede Sitzung ist beendet. Wenn Sie \
                     das nicht waren, sagen Sie es sofort Ihrer Verwaltung.\n"
                ),
            ),
            LetterLanguage::Ar => (
                format!("تم تغيير كلمة مرورك لدى {name}"),
                format!(
                    "تم تغيير كلمة مرور المستخدم {user} لدى {name} في {at} عبر رابط أُرسل إليك، \
                     وانتهت كل الجلسات. إذا لم تكن أنت فأخبر المسؤول فورًا.\n"
                ),
            ),
        };
        Letter { to: to.to_owned(), subject, text }
    }

    /// Tells the address until now that letters go elsewhere.
    pub(crate) fn address_changed(&self, to: &str, user: &str, at: Timestamp) -> Letter {
        let (name, at) = (&self.name, self.time(at));
        let (subject, text) = match self.language {
            LetterLanguage::En => (
                format!("Your address at {name} was changed"),
                format!(
                    "E-mail to the user {user} of {name} no longer comes here: the address was \
                     changed at {at}. If it was not you, tell your administrator at once.\n"
                ),
            ),
            LetterLanguage::De => (
                format!("Ihre Adresse bei {name} wurde geändert"),
                format!(
                    "E-Mails an den Benutzer {user} von {name} kommen nicht mehr hierher: Die \
                     Adresse wurde um {at} geändert. Wenn Sie das nicht waren, sagen Sie es sofort \
                     Ihrer Verwaltung.\n"
                ),
            ),
            LetterLanguage::Ar => (
                format!("تم تغيير عنوانك لدى {name}"),
                format!(
                    "لم تعد رسائل المستخدم {user} لدى {name} تصل إلى هنا: تم تغيير العنوان في \
                     {at}. إذا لم تكن أنت فأخبر المسؤول فورًا.\n"
                ),
            ),
        };
        Letter { to: to.to_owned(), subject, text }
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(language: LetterLanguage) -> Writer {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Writer { name: "Acme".to_owned(), zone, language }
    }

    #[test]
    fn every_language_says_who_writes_to_whom_where_the_link_is_and_until_when() {
        let until = "2026-03-18T12:00:00Z".parse().unwrap();
        let link = "https://pbx.example.net/link#abc";
        let mut subjects = std::collections::BTreeSet::new();
        for language in [LetterLanguage::En, LetterLanguage::De, LetterLanguage::Ar] {
            let writer = writer(language);
            let letters = [
                writer.invitation("ada@example.net", "ada", link, until),
                writer.reset("ada@example.net", "ada", link, until),
            ];
            for letter in letters {
                assert_eq!(letter.to, "ada@example.net");
                assert!(letter.text.lines().any(|line| line == link), "{}", letter.text);
                assert!(letter.text.contains("2026-03-18 13:00 CET"), "{}", letter.text);
                assert!(letter.text.contains("ada") && letter.subject.contains("Acme"));
                assert!(!format!("{letter:?}").contains("abc"), "a link is never printed");
                subjects.insert(letter.subject);
            }
            let notes = [
                writer.password_changed("ada@example.net", "ada", until),
                writer.address_changed("ada@example.net", "ada", until),
            ];
            for note in notes {
                assert!(note.text.contains("2026-03-18 13:00 CET") && note.text.contains("ada"));
                subjects.insert(note.subject);
            }
        }
        assert_eq!(subjects.len(), 12);
    }
}
