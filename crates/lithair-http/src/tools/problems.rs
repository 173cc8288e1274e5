//! The pages that the `type` of a problem points to.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::App;
use crate::body::Body;
use crate::media::HTML;
use crate::rejection::Problem;

pub(super) fn all(app: &App, media: &'static str) -> Answer {
    if media == HTML {
        let items = Problem::ALL.iter().map(|problem| {
            let (code, title) = (problem.code(), problem.title());
            format!(
                "<li>{} <a href=\"{}/problems/{code}\">{code}</a>: {title}</li>",
                problem.status(),
                app.config.prefixes.tools
            )
        });
        return page("Problems", &format!("<ul>{}</ul>", items.collect::<String>()));
    }
    Answer::json(200, Value::from_iter(Problem::ALL.iter().map(|problem| describe(app, *problem))).to_string())
}

pub(super) fn one(app: &App, problem: Problem, media: &'static str) -> Answer {
    if media == HTML {
        let (title, status, code) = (problem.title(), problem.status(), problem.code());
        return page(title, &format!("<p>{status} <code>{code}</code></p><p>{}</p>", marked(problem.explanation())));
    }
    Answer::json(200, describe(app, problem).to_string())
}

fn describe(app: &App, problem: Problem) -> Value {
    json!({
        "type": format!("{}/problems/{}", app.config.prefixes.tools, problem.code()),
        "code": problem.code(),
        "status": problem.status(),
        "title": problem.title(),
        "stage": problem.stage().word(),
        "explanation": problem.explanation(),
    })
}

fn page(title: &str, content: &str) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{content}"
    );
    Answer::new(200, "text/html; charset=utf-8", Body::Whole(html.into()))
}

/// Text between backticks as code. The catalogue is our own text and has nothing else to escape but quotes.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(place, part)| if place % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
