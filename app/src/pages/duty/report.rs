//! What a shift hands over: figures, each with its list; for the screen, for paper, and as the beginning of a note.

use std::time::Duration;

use domain::time::Timestamp;
use domain::wire::notify::HandoverView;
use domain::wire::office::ReportView;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::notes::TEXT_ID;
use super::part::{Line, Part, parts};
use super::text::{Saying, note};
use super::words::Word;
use super::{Duty, post};
use crate::controls::{Mark, MarkShapes};
use crate::office::said;
use crate::office::when::again_every;
use crate::office::words::Word as Office;
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::settings;

const ASK_EVERY: Duration = Duration::from_secs(20);
const HOURS: [i64; 3] = [8, 12, 24];
/// On the screen; paper shows all that came.
const ON_SCREEN: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Span {
    /// Since the shift of the one who looks began.
    Shift,
    Hours(i64),
}

#[component]
pub fn Report(duty: Duty, hands_over: bool) -> impl IntoView {
    let settings = settings();
    let span = RwSignal::new(Span::Hours(HOURS[0]));
    let told = RwSignal::new(None::<Result<ReportView, Problem>>);
    // Only what has been told needs the clock, which the first render has not.
    let begun = Memo::new(move |_| {
        let known = duty.rosters.with(|told| matches!(told, Some(Ok(_))));
        known
            .then(|| shift_began(duty, settings.present()))
            .flatten()
    });
    let ask = move || {
        let wanted = span.get();
        let now = settings.present();
        let since = match (wanted, begun.get()) {
            (Span::Shift, Some(begun)) => begun,
            (Span::Shift, None) => now.plus_minutes(-60 * HOURS[0]),
            (Span::Hours(hours), _) => now.plus_minutes(-60 * hours),
        };
        spawn_local(async move {
            let answer = requests::shift_report(since).await;
            if span.try_get_untracked() == Some(wanted) {
                told.set(Some(answer));
            }
        });
    };
    again_every(ASK_EVERY, ask);
    let pressed = move |wanted: Span| move || (span.get() == wanted).to_string();
    let hours = HOURS.map(|hours| {
        let label =
            move || Word::Hours.filled(settings.language.get(), &[("n", &hours.to_string())]);
        view! {
            <button type="button" class="segment" aria-pressed=pressed(Span::Hours(hours))
                on:click=move |_| span.set(Span::Hours(hours))>{label}</button>
        }
    });
    let problem = move || {
        let language = settings.language.get();
        told.with(|told| match told {
            None => Some(Word::Counting.text(language).to_owned()),
            Some(Ok(_)) => None,
            Some(Err(problem)) => {
                Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
            }
        })
    };
    let found = Memo::new(move |_| told.with(|told| told.clone().and_then(Result::ok)));
    let into_note = move |_| {
        if let Some(report) = found.get_untracked() {
            let saying = Saying {
                language: settings.language.get_untracked(),
                city: &start().city,
                now: report.until,
            };
            let text = note(saying, &report);
            duty.text.update(|written| {
                if !written.trim().is_empty() {
                    written.push_str("\n\n");
                }
                written.push_str(&text);
            });
            to_the_note();
        }
    };
    view! {
        <MarkShapes/>
        <section class="report" data-testid="report" aria-labelledby="report">
            <div class="office-head no-print">
                <h2 id="report">{settings.say(Word::Report)}</h2>
                <div class="segments" role="group" aria-label=settings.say(Word::Span)>
                    <button type="button" class="segment" class:gone=move || begun.get().is_none()
                        aria-pressed=pressed(Span::Shift) on:click=move |_| span.set(Span::Shift)>{settings.say(Word::ThisShift)}</button>
                    {hours.collect_view()}
                </div>
                <button type="button" data-testid="print" disabled=move || found.read().is_none()
                    on:click=move |_| drop(window().print())>{settings.say(Word::Print)}</button>
                {hands_over.then(|| view! {
                    <button type="button" class="primary" data-testid="into-note" disabled=move || found.read().is_none()
                        on:click=into_note>{settings.say(Word::IntoNote)}</button>
                })}
            </div>
            <p class="office-said" role="status" class:gone=move || problem().is_none()>{problem}</p>
            <div class:gone=move || found.read().is_none()><Whole duty report=found/></div>
        </section>
    }
}

/// When the shift of whoever looks began; of somebody who is not on duty that of the duty room.
fn shift_began(duty: Duty, now: Timestamp) -> Option<Timestamp> {
    let me = start().me.as_ref().map(|me| me.name.clone());
    let mine = duty.asker.with_value(|asker| asker.mine.clone());
    duty.rosters.with(|told| {
        let rosters = || told.iter().flatten().flatten();
        let on_duty = |roster: &domain::wire::notify::RosterView| {
            let shifts = post::on_duty(&roster.shifts, now).into_iter();
            let shifts = shifts.map(|shift| (shift.person.to_string(), shift.from));
            shifts.collect::<Vec<_>>()
        };
        let own = rosters()
            .flat_map(on_duty)
            .filter(|(person, _)| Some(person) == me.as_ref());
        let of_posts = rosters()
            .filter(|roster| mine.contains(&roster.post))
            .flat_map(on_duty);
        let first = own.map(|(_, from)| from).min();
        first.or_else(|| of_posts.map(|(_, from)| from).min())
    })
}

/// The cursor goes to the note, at its end.
fn to_the_note() {
    let found = document().get_element_by_id(TEXT_ID);
    if let Some(area) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        area.scroll_into_view();
        let _ = area.focus();
    }
}

#[component]
fn Whole(duty: Duty, report: Memo<Option<ReportView>>) -> impl IntoView {
    let settings = settings();
    let parts = Memo::new(move |_| {
        let language = settings.language.get();
        let start = start();
        report.with(|report| {
            let Some(report) = report else {
                return Vec::new();
            };
            let saying = Saying {
                language,
                city: &start.city,
                now: report.until,
            };
            duty.notes.with(|told| {
                let notes: &[HandoverView] = match told {
                    Some(Ok(notes)) => notes,
                    _ => &[],
                };
                parts(saying, report, notes)
            })
        })
    });
    let ids = Memo::new(move |_| {
        parts.with(|parts| parts.iter().map(|part| part.id).collect::<Vec<_>>())
    });
    let one = move |id: &'static str| {
        Memo::new(move |_| parts.with(|parts| parts.iter().find(|part| part.id == id).cloned()))
    };
    view! {
        <Head report/>
        <div class="load-figures report-figures">
            <For each=move || ids.get() key=|id| *id children=move |id| view! { <Figure id part=one(id)/> }/>
        </div>
        <div class="report-lists">
            <For each=move || ids.get() key=|id| *id children=move |id| view! { <List id part=one(id)/> }/>
        </div>
    }
}

/// What time it is of; on paper of which city, and who had it printed.
#[component]
fn Head(report: Memo<Option<ReportView>>) -> impl IntoView {
    let settings = settings();
    let said = move |how: fn(&Saying<'_>, &ReportView) -> String| {
        let language = settings.language.get();
        let start = start();
        report.with(|report| {
            let report = report.as_ref()?;
            let saying = Saying {
                language,
                city: &start.city,
                now: report.until,
            };
            Some(how(&saying, report))
        })
    };
    let printed = |saying: &Saying<'_>, report: &ReportView| {
        let me = start().me.as_ref().map(|me| me.name.clone());
        let (who, at) = (me.unwrap_or_default(), saying.at(report.until));
        Word::PrintedBy.filled(saying.language, &[("who", &who), ("at", &at)])
    };
    let title = |saying: &Saying<'_>, _: &ReportView| {
        let city = saying.city.name_in(saying.language);
        format!("{city} · {}", Word::Report.text(saying.language))
    };
    view! {
        <div class="print-head">
            <p class="print-only print-title">{move || said(title)}</p>
            <p class="report-span" data-testid="report-span">{move || said(|saying, report| saying.span(report))}</p>
            <p class="print-only">{move || said(printed)}</p>
        </div>
    }
}

/// A number that leads to its list below.
#[component]
fn Figure(id: &'static str, part: Memo<Option<Part>>) -> impl IntoView {
    let settings = settings();
    let of = move |take: fn(&Part) -> String| part.with(|part| part.as_ref().map(take));
    let word = move || {
        let language = settings.language.get();
        part.with(|part| part.as_ref().map(|part| part.word.text(language)))
    };
    let calls = move || part.with(|part| part.as_ref().is_some_and(|part| part.calls));
    view! {
        <div class="load-figure" class:over=calls>
            <b><a href=format!("#report-{id}") data-testid=format!("figure-{id}")>{move || of(|part| part.count.clone())}</a></b>
            <span>{word}</span>
            <span class="load-goal">{move || of(|part| part.more.clone())}</span>
        </div>
    }
}

#[component]
fn List(id: &'static str, part: Memo<Option<Part>>) -> impl IntoView {
    let settings = settings();
    let open = RwSignal::new(false);
    let lines = Memo::new(move |_| {
        part.with(|part| {
            part.as_ref()
                .map(|part| part.lines.clone())
                .unwrap_or_default()
        })
    });
    let beyond = move || lines.read().len().saturating_sub(ON_SCREEN);
    let left = move || part.with(|part| part.as_ref().map_or(0, |part| part.left));
    let whole = move || part.with(|part| part.as_ref().and_then(|part| part.whole.clone()));
    let word = move || {
        let language = settings.language.get();
        part.with(|part| part.as_ref().map(|part| part.word.text(language)))
    };
    let counted =
        move |word: Word, n: usize| word.filled(settings.language.get(), &[("n", &n.to_string())]);
    view! {
        <section class="report-part" id=format!("report-{id}") class:short=move || !open.get()>
            <h3>{word}</h3>
            <p class="faint" class:gone=move || !lines.read().is_empty()>{settings.say(Word::NothingThere)}</p>
            <ul>
                <For each=move || lines.get() key=|line| line.clone() children=|line| view! { <OneLine line/> }/>
            </ul>
            <button type="button" class="quiet no-print" class:gone=move || open.get() || beyond() == 0 on:click=move |_| open.set(true)>
                {move || counted(Word::ShowMore, beyond())}
            </button>
            <p class="faint" class:gone=move || left() == 0>{move || counted(Word::AndMore, left())}</p>
            {move || whole().map(|path| view! { <a class="no-print" href=path>{settings.say(Word::AlarmsAll)}</a> })}
        </section>
    }
}

#[component]
fn OneLine(line: Line) -> impl IntoView {
    let mark = line
        .mark
        .map(|(severity, late, done)| view! { <Mark severity late done/> });
    let number = line.number.clone().zip(line.link.clone());
    let number = number.map(|(number, link)| view! { <a href=link>{number}</a> });
    let title = match (line.link, line.number) {
        (Some(link), None) => view! { <a href=link>{line.title}</a> }.into_any(),
        _ => line.title.into_any(),
    };
    view! {
        <li>{mark}{number}<span class="report-title">{title}<small>{line.about}</small></span></li>
    }
}
