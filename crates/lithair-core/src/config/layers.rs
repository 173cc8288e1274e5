use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{ConfigError, SETTINGS};

const PREFIX: &str = "LITHAIR_";
const FILE: &str = "lithair.toml";

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// The command line.
    Flag(&'static str),
    /// The program, in `main`.
    Program,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
            Self::Program => f.write_str("the program"),
        }
    }
}

/// What each layer said, the last one on top.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    said: BTreeMap<String, (String, Origin)>,
}

impl Layers {
    /// What the program says, under everything but the defaults.
    pub fn program(&mut self, key: &str, text: String) {
        self.say(key.to_owned(), text, Origin::Program);
    }

    /// Reads the settings file: the one that is named, or `lithair.toml` where there is one.
    ///
    /// # Errors
    /// The named file cannot be read, or it is not TOML.
    pub fn file(&mut self, named: Option<&Path>) -> Result<(), ConfigError> {
        let path = named.unwrap_or_else(|| Path::new(FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(()),
            Err(error) => return Err(ConfigError { problems: vec![format!("{}: {error}", path.display())] }),
        };
        let table: toml::Table =
            text.parse().map_err(|error| ConfigError { problems: vec![format!("{}: {error}", path.display())] })?;
        let origin = Origin::File(path.to_owned());
        for (section, value) in table {
            match value {
                toml::Value::Table(table) => {
                    for (key, value) in table {
                        self.say(format!("{section}.{key}"), text_of(&value), origin.clone());
                    }
                }
                other => self.say(section, text_of(&other), origin.clone()),
            }
        }
        Ok(())
    }

    /// Reads the variables that begin with `LITHAIR_`. Two underscores stand between section and key.
    pub fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, text) in variables {
            // The variable is of the project's own tests.
            let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.starts_with("TEST_")) else { continue };
            let key = rest.to_ascii_lowercase().replacen("__", ".", 1);
            self.say(key, text, Origin::Environment(name));
        }
    }

    /// What a flag says.
    pub fn flag(&mut self, key: &str, flag: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.say(key.to_owned(), text, Origin::Flag(flag));
        }
    }

    fn say(&mut self, key: String, text: String, origin: Origin) {
        self.said.insert(key, (text, origin));
    }

    /// The text of a setting.
    pub fn text(&self, key: &str) -> &str {
        self.said.get(key).map_or_else(|| Self::default_text(key), |(text, _)| text)
    }

    /// Who said it.
    pub fn origin(&self, key: &str) -> Origin {
        self.said.get(key).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    pub(super) fn default_text(key: &str) -> &'static str {
        SETTINGS.iter().find(|setting| setting.key == key).expect("settings are asked for by their names").default
    }

    /// What was said of settings that there are not.
    pub(super) fn unknown(&self) -> Vec<String> {
        let known = |key: &str| SETTINGS.iter().any(|setting| setting.key == key);
        self.said
            .iter()
            .filter(|(key, _)| !known(key))
            .map(|(key, (_, origin))| {
                let near = lithair_model::nearest(key, SETTINGS.iter().map(|setting| setting.key));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                format!("{origin}: there is no setting `{key}`{hint}")
            })
            .collect()
    }
}

fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        // No setting is any of these: the check says what was expected.
        other => format!("{other:?}"),
    }
}
