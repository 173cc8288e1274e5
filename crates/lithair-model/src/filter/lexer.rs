//! The text of a filter as tokens with their places.

use std::borrow::Cow;

use super::FilterError;
use crate::Comparison;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// `` `first-name` ``: a name that is no word, or that is one of the grammar's.
    Name(String),
    Text(String),
    Number(String),
    /// `@now`, `@user.name`.
    At(String),
    Operator(Comparison),
    Or,
    And,
    Not,
    Open,
    Close,
    Comma,
    Dot,
    /// `?`: a value that was given beside the text.
    Bound,
    Plus,
    Minus,
    End,
}

/// Words that mean something else where a name may stand.
const RESERVED: [&str; 8] = ["and", "or", "not", "in", "between", "true", "false", "null"];

/// A name as filters have it: as it is, or in back quotes where it would be read as something else.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    let is_word = name.starts_with(begins_word) && name.chars().all(is_of_word);
    if is_word && !RESERVED.contains(&name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("`{}`", name.replace('`', "``")))
}

fn begins_word(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The tokens of a text with the bytes where they begin; the last one is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let begin = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((begin, token));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

const OPERATORS: [(&str, Token); 18] = [
    ("||", Token::Or),
    ("&&", Token::And),
    ("!=", Token::Operator(Comparison::NotEqual)),
    ("!~", Token::Operator(Comparison::NotContains)),
    ("<=", Token::Operator(Comparison::LessOrEqual)),
    (">=", Token::Operator(Comparison::GreaterOrEqual)),
    ("^=", Token::Operator(Comparison::StartsWith)),
    ("$=", Token::Operator(Comparison::EndsWith)),
    ("=", Token::Operator(Comparison::Equal)),
    ("<", Token::Operator(Comparison::Less)),
    (">", Token::Operator(Comparison::Greater)),
    ("~", Token::Operator(Comparison::Contains)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
    (".", Token::Dot),
    ("?", Token::Bound),
];

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn token(&mut self) -> Result<Token, FilterError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if let Some((sign, token)) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            self.at += sign.len();
            return Ok(token.clone());
        }
        match first {
            '"' | '\'' => self.string(first).map(Token::Text),
            '`' => self.quoted().map(Token::Name),
            '0'..='9' => Ok(Token::Number(self.number())),
            '-' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => Ok(Token::Number(self.number())),
            '-' => Ok(self.sign(Token::Minus)),
            '+' => Ok(self.sign(Token::Plus)),
            '@' => {
                self.at += 1;
                Ok(Token::At(self.word()))
            }
            c if begins_word(c) => Ok(Token::Word(self.word())),
            c => Err(FilterError::new(self.at, format!("`{c}` does not belong here"))),
        }
    }

    const fn sign(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let taken = rest[..end].to_owned();
        self.at += end;
        taken
    }

    fn word(&mut self) -> String {
        self.take(is_of_word)
    }

    /// A name in back quotes. One that is in the name is there twice.
    fn quoted(&mut self) -> Result<String, FilterError> {
        let begin = self.at;
        let mut name = String::new();
        loop {
            self.at += 1;
            name += &self.take(|c| c != '`');
            if self.rest().is_empty() {
                return Err(FilterError::new(begin, "this name is not closed"));
            }
            self.at += 1;
            if !self.rest().starts_with('`') {
                break;
            }
            name.push('`');
        }
        if name.is_empty() { Err(FilterError::new(begin, "a name is not empty")) } else { Ok(name) }
    }

    fn number(&mut self) -> String {
        let mut text = String::new();
        if self.rest().starts_with('-') {
            self.at += 1;
            text.push('-');
        }
        text += &self.take(|c| c.is_ascii_digit());
        let rest = self.rest();
        if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            text.push('.');
            text += &self.take(|c| c.is_ascii_digit());
        }
        text += &self.exponent();
        text
    }

    /// `e-7`, which programs write for small floats; nothing if there is none.
    fn exponent(&mut self) -> String {
        let rest = self.rest();
        let Some(digits) = rest.strip_prefix(['e', 'E']) else { return String::new() };
        let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return String::new();
        }
        let sign = rest.len() - digits.len();
        let exponent = rest[..sign].to_owned();
        self.at += sign;
        exponent + &self.take(|c| c.is_ascii_digit())
    }

    fn string(&mut self, quote: char) -> Result<String, FilterError> {
        let begin = self.at;
        let mut text = String::new();
        let mut characters = self.text[begin + 1..].char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                _ if c == quote => {
                    self.at = begin + 1 + at + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, escaped @ ('"' | '\'' | '\\'))) => text.push(escaped),
                    _ => {
                        let detail = r#"expected one of \" \' \\ \n \r \t"#;
                        return Err(FilterError::new(begin + 1 + at, detail));
                    }
                },
                c => text.push(c),
            }
        }
        Err(FilterError::new(begin, "this text is not closed"))
    }
}
