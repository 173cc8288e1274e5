//! Who says what a setting is: the program, a file, the environment, the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use super::{SETTINGS, file, settings};
use lithair_auth::Users;
use lithair_model::Bindings;

const PREFIX: &str = "LITHAIR_";
const FILE: &str = "lithair.toml";

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// The program, in `main`.
    Program,
    /// A settings file, and the line.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// The command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Program => f.write_str("the program"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

impl Origin {
    /// A key as it is written where this origin writes keys.
    fn spelling(&self, key: &str) -> String {
        match self {
            Self::Environment(_) => format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__")),
            _ => key.to_owned(),
        }
    }
}

/// What each layer said, the last one on top. Call them from the lowest up: program, file, environment, flags.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    said: BTreeMap<String, (String, Origin)>,
    /// What could not be understood at all.
    garbled: Vec<String>,
    /// Users with passwords, if the program has them.
    pub(crate) users: Option<Users>,
    /// Whether the program signs tokens itself.
    pub(crate) own_tokens: bool,
    /// What the program binds names of policies to.
    pub(crate) bindings: Bindings,
    /// Whether a server starts with what it declares and does not enforce.
    pub(crate) is_for_development: bool,
}

impl Layers {
    /// What the program says, under everything but the defaults.
    pub fn program(&mut self, key: &str, text: impl AsRef<OsStr>) {
        self.say(key.to_owned(), text.as_ref(), Origin::Program);
    }

    /// Reads the settings file: the one that is named, or `lithair.toml` where there is one. One that is named and cannot be read is a
    /// problem like any other.
    pub fn file(&mut self, named: Option<&Path>) {
        let path = named.unwrap_or_else(|| Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => self.file_text(path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {}
            Err(error) => self.garbled.push(format!("{}: {error}", path.display())),
        }
    }

    pub(super) fn file_text(&mut self, path: &Path, text: &str) {
        match file::parse(text) {
            Err((line, words)) => self.garbled.push(format!("{}:{line}: {words}", path.display())),
            Ok(values) => {
                for (key, text, line) in values {
                    self.say(key, text.as_ref(), Origin::File(path.to_owned(), line));
                }
            }
        }
    }

    /// Reads the variables that begin with `LITHAIR_`. Two underscores stand between section and key.
    pub fn environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        for (name, text) in variables {
            let name = name.to_string_lossy().into_owned();
            // The second prefix is of the project's own tests.
            let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.starts_with("TEST_")) else { continue };
            // A name in small letters is none of ours: two spellings of one setting would have no order.
            let is_ours = !rest.contains(|letter: char| letter.is_ascii_lowercase());
            let key = if is_ours { rest.to_ascii_lowercase().replace("__", ".") } else { rest.to_owned() };
            self.say(key, &text, Origin::Environment(name));
        }
    }

    /// What a flag says.
    pub fn flag(&mut self, key: &str, flag: &'static str, text: Option<impl AsRef<OsStr>>) {
        if let Some(text) = text {
            self.say(key.to_owned(), text.as_ref(), Origin::Flag(flag));
        }
    }

    fn say(&mut self, key: String, text: &OsStr, origin: Origin) {
        match text.to_str() {
            Some(text) => drop(self.said.insert(key, (text.to_owned(), origin))),
            // A path that was changed by making it readable would be another path.
            None => self.garbled.push(format!("{origin}: the text is not UTF-8")),
        }
    }

    /// The text of a setting; of one that there is not, nothing.
    pub fn text(&self, key: &str) -> &str {
        self.said.get(key).map_or_else(|| Self::default_text(key), |(text, _)| text)
    }

    /// Who said it.
    pub fn origin(&self, key: &str) -> Origin {
        self.said.get(key).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// The names that somebody gives in keys of settings that have names.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.said.keys().filter_map(|key| SETTINGS.iter().find_map(|setting| setting.name_in(key))).collect()
    }

    pub(super) fn default_text(key: &str) -> &'static str {
        settings::find(key).map_or("", |setting| setting.default)
    }

    /// What could not be understood, and what was said of settings that there are not.
    pub(super) fn problems(&self) -> Vec<String> {
        let unknown = self.said.iter().filter(|(key, _)| settings::find(key).is_none());
        let unknown = unknown.map(|(key, (_, origin))| {
            let near = lithair_model::nearest(key, SETTINGS.iter().map(|setting| setting.key));
            let hint = near.map(|near| format!("; did you mean `{}`?", origin.spelling(near))).unwrap_or_default();
            format!("{origin}: there is no setting `{key}`{hint}")
        });
        self.garbled.iter().cloned().chain(unknown).collect()
    }
}
