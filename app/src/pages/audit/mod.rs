//! The audit log, newest first, and the head of its chain. Only read here: nothing of it is ever changed.

mod filter;
pub mod words;

use std::time::Duration;

use domain::audit::AuditEntry;
use domain::language::Language;
use domain::policy::READS_AUDIT;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::office::when::again_every;
use crate::office::words::Word as Office;
use crate::office::{OfficeFrame, When, said};
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::text::time;

use filter::{Filter, Wanted};
use words::{Word, of};

pub const PATH: &str = "/audit";
const ASK_EVERY: Duration = Duration::from_secs(10);
const A_PAGE: usize = 50;
/// Of a hash enough to tell one from another; the whole is in its title and in the head.
const SHORT: usize = 10;

#[derive(Clone, Default, PartialEq)]
struct Found {
    entries: Vec<AuditEntry>,
    next: Option<String>,
    problem: Option<Problem>,
    /// Whether an answer has come.
    known: bool,
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let settings = settings();
    let role = start().me.as_ref().map(|me| me.role);
    let may_see = role.is_some_and(|role| READS_AUDIT.contains(&role));
    view! {
        <OfficeFrame here=PATH>
            <main class="audit" data-testid="audit">
                <div class="office-head"><h1>{settings.say(Word::Title)}</h1></div>
                {match may_see {
                    true => view! { <Log/> }.into_any(),
                    false => view! { <p class="office-said">{settings.say(Word::NotForYou)}</p> }.into_any(),
                }}
            </main>
        </OfficeFrame>
    }
}

#[component]
fn Log() -> impl IntoView {
    let settings = settings();
    let wanted = RwSignal::new(Wanted::default());
    let head = RwSignal::new(None::<AuditEntry>);
    let found = RwSignal::new(Found::default());
    // Whoever has gone back to older entries is not pulled away from them.
    let went_back = RwSignal::new(false);
    let ask = move || {
        let asked = wanted.get();
        spawn_local(async move {
            if let Ok((entries, _)) = requests::audit("limit=1").await {
                let newest = entries.into_iter().next();
                if head.try_with_untracked(|head| *head != newest) == Some(true) {
                    head.set(newest);
                }
            }
            if went_back.try_get_untracked() != Some(false) {
                return;
            }
            let answer = requests::audit(&asked.query(A_PAGE, None)).await;
            if wanted.try_get_untracked().as_ref() != Some(&asked) {
                return;
            }
            let now = match answer {
                Ok((entries, next)) => Found {
                    entries,
                    next,
                    problem: None,
                    known: true,
                },
                Err(problem) => Found {
                    problem: Some(problem),
                    known: true,
                    ..found.get_untracked()
                },
            };
            if found.try_with_untracked(|before| *before != now) == Some(true) {
                found.set(now);
            }
        });
    };
    again_every(ASK_EVERY, ask);
    Effect::new(move |_| {
        wanted.track();
        went_back.set(false);
    });
    let older = move |_| {
        went_back.set(true);
        let asked = wanted.get_untracked();
        let next = found.with_untracked(|found| found.next.clone());
        spawn_local(async move {
            let answer = requests::audit(&asked.query(A_PAGE, next.as_deref())).await;
            if wanted.try_get_untracked().as_ref() != Some(&asked) {
                return;
            }
            found.try_update(|found| match answer {
                Ok((entries, next)) => {
                    found.entries.extend(entries);
                    (found.next, found.problem) = (next, None);
                }
                Err(problem) => found.problem = Some(problem),
            });
        });
    };
    let newest = move |_| {
        went_back.set(false);
        ask();
    };
    let told = move || {
        let language = settings.language.get();
        found.with(|found| match &found.problem {
            Some(problem) => {
                Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
            }
            None if !found.known => Some(Office::AskingNow.text(language).to_owned()),
            None if found.entries.is_empty() => {
                let word = match wanted.read().is_anything() {
                    true => Word::Empty,
                    false => Word::NothingFits,
                };
                Some(word.text(language).to_owned())
            }
            None => None,
        })
    };
    let entries = Memo::new(move |_| found.with(|found| found.entries.clone()));
    let heads = [
        Word::Entry,
        Word::At,
        Word::Who,
        Word::WhatDone,
        Word::About,
        Word::Detail,
        Word::Hash,
    ];
    let heads = heads.map(|word| view! { <th scope="col">{settings.say(word)}</th> });
    view! {
        <Head head/>
        <Filter wanted/>
        <p class="office-said" role="status" class:gone=move || told().is_none()>{told}</p>
        <div class="wide log" class:gone=move || entries.read().is_empty()>
            <table data-testid="entries">
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody>
                    <For each=move || entries.get() key=|entry| entry.entry children=move |entry| view! { <Row entry/> }/>
                </tbody>
            </table>
        </div>
        <div class="form-actions log-foot">
            <button type="button" data-testid="older" class:gone=move || found.read().next.is_none() on:click=older>{settings.say(Word::Older)}</button>
            <button type="button" class="quiet" class:gone=move || !went_back.get() on:click=newest>{settings.say(Word::Newest)}</button>
        </div>
    }
}

/// What the newest entry of all says: whoever keeps it can tell later that nothing before it was changed.
#[component]
fn Head(head: RwSignal<Option<AuditEntry>>) -> impl IntoView {
    let settings = settings();
    let which = move || {
        let language = settings.language.get();
        head.with(|head| {
            let head = head.as_ref()?;
            let at = time::full(head.at, &start().city.offsets);
            let values = [("n", head.entry.to_string()), ("at", at)];
            let values = values
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            Some(Word::Head.filled(language, &values))
        })
    };
    let hash = move || head.with(|head| head.as_ref().map(|head| head.sha256.clone()));
    view! {
        <section class="sheet chain" data-testid="chain" class:gone=move || head.read().is_none()>
            <p>{which} <code data-testid="head-hash">{hash}</code></p>
            <p class="faint">{settings.say(Word::HeadHint)}</p>
        </section>
    }
}

#[component]
fn Row(entry: AuditEntry) -> impl IntoView {
    let settings = settings();
    let what = of(entry.what);
    let about = match is_incident(&entry.about) {
        true => {
            view! { <a href=format!("/desk?incident={}", entry.about)>{entry.about.clone()}</a> }
                .into_any()
        }
        false => entry.about.into_any(),
    };
    let short: String = entry.sha256.chars().take(SHORT).collect();
    let name = entry.what.name();
    let word = move || match settings.language.get() {
        Language::Zh => what.text(Language::Zh),
        Language::En => what.text(Language::En),
    };
    view! {
        <tr data-testid="entry" data-what=name>
            <td>{entry.entry}</td>
            <td><When at=entry.at/></td>
            <td>{entry.who}</td>
            <td>{word}</td>
            <td>{about}</td>
            <td class="detail-cell">{entry.detail}</td>
            <td><code title=entry.sha256>{short}</code></td>
        </tr>
    }
}

/// `i5-0`, as an incident is called; everything else has no page of its own.
fn is_incident(about: &str) -> bool {
    about.parse::<domain::ids::IncidentId>().is_ok()
}
