//! The city on one screen for who commands it: figures beside yesterday and last week, what is serious, who is late, and what
//! waits for his decision. Asked for anew while it is looked at; lists hold still under a hand.

mod late;

use std::sync::Arc;
use std::time::Duration;

use domain::ids::IncidentId;
use domain::language::Language;
use domain::lifecycle::{CommandName, row_of};
use domain::wire::IncidentView;
use domain::wire::field::{ComparedView, OverviewView, WaitingView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::late::Late;
use super::card::{CommandButtons, due_of};
use super::form::CommandForm;
use super::hand::{Hand, Marked, Sheet};
use super::outbox_list::{QueuedRows, on_its_way};
use super::words::Word;
use crate::charts::written;
use crate::controls::Mark;
use crate::json::Json;
use crate::live::connection::Link;
use crate::live::lists::is_late;
use crate::requests;
use crate::text::{Message, time};

/// Of what is serious so many at first: the city stays on one screen.
const AT_FIRST: usize = 3;
const ASK_EVERY: Duration = Duration::from_secs(12);
/// Figures are asked for every twelve seconds; two answers may be late.
const PERIOD_MS: i64 = 30_000;

#[derive(Clone, Copy)]
pub struct Overview {
    pub hand: Hand,
    /// The newest answer: figures follow it.
    pub told: RwSignal<Arc<OverviewView>>,
    /// What the lists show; it follows when a person wants it, or when nothing is under his hand.
    pub listed: RwSignal<Arc<OverviewView>>,
    asking: StoredValue<bool>,
    failed: RwSignal<u32>,
}

impl Overview {
    pub fn new(hand: Hand, told: OverviewView) -> Self {
        let told = Arc::new(told);
        Self {
            hand,
            told: RwSignal::new(Arc::clone(&told)),
            listed: RwSignal::new(told),
            asking: StoredValue::new(false),
            failed: RwSignal::new(0),
        }
    }

    /// Asks anew from now on; call from an effect.
    pub fn follow(self) {
        self.hand.line.set(Link::Live);
        self.hand.heard_at.set(Some(self.told.read_untracked().at));
        let again = set_interval_with_handle(
            move || {
                if !document().hidden() {
                    self.ask();
                }
            },
            ASK_EVERY,
        );
        if let Ok(handle) = again {
            on_cleanup(move || handle.clear());
        }
        let seen = window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() {
                self.ask();
            }
        });
        on_cleanup(move || seen.remove());
    }

    pub fn ask(self) {
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = requests::overview().await;
            self.asking.try_set_value(false);
            match answer {
                Ok(told) => self.take(told),
                Err(problem) => {
                    let attempt = self.failed.try_update(|failed| {
                        *failed += 1;
                        *failed
                    });
                    self.hand.line.try_set(match problem.status {
                        Some(401) => Link::SignedOut,
                        _ => Link::Connecting {
                            attempt: attempt.unwrap_or_default() + 1,
                        },
                    });
                }
            }
        });
    }

    fn take(self, told: OverviewView) {
        let told = Arc::new(told);
        self.failed.try_set(0);
        if self.hand.line.try_get_untracked() != Some(Link::Live) {
            self.hand.line.try_set(Link::Live);
            self.hand.outbox.signed_in();
        }
        self.hand.heard_at.try_set(Some(told.at));
        self.hand.settings.hear_time(told.at);
        self.told.try_set(Arc::clone(&told));
        if self.is_under_a_hand() && !self.is_same_list(&told) {
            return;
        }
        self.listed.try_set(told);
    }

    /// Something is being written, or somebody has scrolled to where he reads.
    fn is_under_a_hand(self) -> bool {
        let scrolled = document()
            .query_selector(".field-scroll:not(.gone)")
            .ok()
            .flatten()
            .is_some_and(|list| list.scroll_top() > 8);
        self.hand.form.get_untracked().is_some() || scrolled
    }

    /// The same things in the same order: nothing would move.
    fn is_same_list(self, told: &OverviewView) -> bool {
        self.listed.with_untracked(|shown| same_list(shown, told))
    }

    /// What was held back is shown.
    pub fn settle(self) {
        self.listed.set(self.told.get_untracked());
    }

    pub fn is_held_back(self) -> bool {
        self.listed
            .with(|shown| self.told.with(|told| !same_list(shown, told)))
    }

    /// The revision this page shows of an incident.
    pub fn revision(self, id: IncidentId) -> Option<u32> {
        self.told.with_untracked(|told| {
            let waiting = told.waiting.iter().map(|waiting| &waiting.incident);
            let found = told
                .serious
                .iter()
                .chain(waiting)
                .find(|view| view.id == id);
            found.map(|view| view.revision)
        })
    }

    pub fn marked(self) -> Vec<Marked> {
        let now = self.hand.settings.now();
        self.told.with(|told| {
            let marked = |view: &IncidentView| {
                Some(Marked {
                    id: view.id,
                    place: view.position?,
                    level: view.severity.level(),
                    late: is_late(view, now),
                    title: view.title.clone(),
                })
            };
            let waiting = told.waiting.iter().map(|waiting| &waiting.incident);
            let mut marks: Vec<Marked> = told
                .serious
                .iter()
                .chain(waiting)
                .filter_map(marked)
                .collect();
            marks.dedup_by_key(|mark| mark.id);
            marks
        })
    }
}

fn same_list(one: &OverviewView, other: &OverviewView) -> bool {
    let ids = |told: &OverviewView| {
        let serious: Vec<IncidentId> = told.serious.iter().map(|view| view.id).collect();
        let waiting: Vec<(IncidentId, CommandName)> = told
            .waiting
            .iter()
            .map(|waiting| (waiting.incident.id, waiting.decision))
            .collect();
        let departments: Vec<_> = told
            .late_departments
            .iter()
            .map(|late| late.id.clone())
            .collect();
        let towns: Vec<_> = told
            .late_towns
            .iter()
            .map(|late| late.code.clone())
            .collect();
        (serious, waiting, departments, towns)
    };
    ids(one) == ids(other)
}

/// The first sheet: figures, what is serious, who is late.
#[component]
pub fn City(overview: Overview) -> impl IntoView {
    let hand = overview.hand;
    let settings = hand.settings;
    let figures = Memo::new(move |_| overview.told.read().figures.clone());
    let old = Memo::new(move |_| {
        settings.clock.get()?;
        let at = overview.told.read().at;
        let now = settings.present();
        (now.since(at) > PERIOD_MS).then(|| time::age(settings.language.get(), at, now))
    });
    let all = RwSignal::new(false);
    let serious = Memo::new(move |_| {
        let most = if all.get() { usize::MAX } else { AT_FIRST };
        let listed = overview.listed.read();
        listed
            .serious
            .iter()
            .take(most)
            .cloned()
            .collect::<Vec<_>>()
    });
    let more = Memo::new(move |_| !all.get() && overview.listed.read().serious.len() > AT_FIRST);
    let count = Memo::new(move |_| overview.told.read().serious_count);
    view! {
        <HeldBack overview/>
        <section class="figures" aria-label=settings.say(Word::Figures)>
            {move || figures.get().into_iter().map(|figure| view! { <FigureTile figure old hand/> }).collect_view()}
        </section>
        <section aria-labelledby="serious-title">
            <h2 id="serious-title">
                {settings.say(Word::Serious)}
                <span class="count">{move || Word::SeriousCount.filled(settings.language.get(), &[("n", &count.get().to_string())])}</span>
            </h2>
            <p class="nothing" class:gone=move || !serious.read().is_empty()>{settings.say(Word::SeriousNone)}</p>
            <div class="orders">
                <For each=move || serious.get() key=|view| (view.id, view.revision) children=move |view| view! { <Grave view hand/> }/>
            </div>
            <button type="button" class="all" class:gone=move || !more.get() data-testid="all-serious" on:click=move |_| all.set(true)>
                {settings.say(Word::ShowAll)}
            </button>
        </section>
        <Late overview/>
    }
}

#[component]
fn HeldBack(overview: Overview) -> impl IntoView {
    let settings = overview.hand.settings;
    let held = Memo::new(move |_| overview.is_held_back());
    view! {
        <button type="button" class="held" class:gone=move || !held.get() data-testid="held-back" on:click=move |_| overview.settle()>
            {settings.say(Word::ListChanged)}
        </button>
    }
}

fn figure_name(id: &str) -> Option<(Word, Word, u8)> {
    Some(match id {
        "open" => (Word::FigureOpen, Word::UnitCases, 0),
        "late" => (Word::FigureLate, Word::UnitCases, 0),
        "opened_today" => (Word::FigureOpened, Word::UnitCases, 0),
        "closed_today" => (Word::FigureClosed, Word::UnitCases, 0),
        "in_time" => (Word::FigureInTime, Word::UnitShare, 0),
        "median_to_dispatch" => (Word::FigureMedian, Word::UnitMinutes, 1),
        _ => return None,
    })
}

/// The number is the hero; beside it how it stood a day and a week before, and its age when it is old.
#[component]
fn FigureTile(figure: ComparedView, old: Memo<Option<String>>, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let Some((name, unit, decimals)) = figure_name(&figure.id) else {
        return ().into_any();
    };
    let value = figure.value;
    let number = move || match value {
        Some(value) => written::number(value, decimals),
        None => "—".to_owned(),
    };
    let against = move |before: Option<f64>, word: Word| {
        let change = written::change(value? - before?, decimals);
        Some(word.filled(settings.language.get(), &[("change", &change)]))
    };
    let (day, week) = (figure.day_before, figure.week_before);
    let nothing = move || value.is_none() || (day.is_none() && week.is_none());
    let drill = written::page_of(&figure.drill);
    view! {
        <a class="tile" class:old=move || old.read().is_some() href=drill data-testid="tile" data-id=figure.id>
            <span class="tile-name">{settings.say(name)}</span>
            <span class="tile-value"><b>{number}</b><small>{settings.say(unit)}</small></span>
            <span class="tile-trend">{move || against(day, Word::VsDay)}</span>
            <span class="tile-trend">{move || against(week, Word::VsWeek)}</span>
            <span class="tile-trend" class:gone=move || !nothing()>
                {move || match value.is_some() {
                    true => Word::VsUnknown.text(settings.language.get()),
                    false => Word::NoFigure.text(settings.language.get()),
                }}
            </span>
            <span class="tile-age" class:gone=move || old.read().is_none()>{move || old.get()}</span>
        </a>
    }
    .into_any()
}

/// What of an incident stands in a line of any list here.
#[component]
fn Head(view: IncidentView, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let id = view.id;
    let (severity, is_open) = (view.severity, view.state.is_open());
    let late = {
        let view = view.clone();
        Memo::new(move |_| is_late(&view, hand.now()))
    };
    let due = {
        let view = view.clone();
        Memo::new(move |_| due_of(&view, view.deadline.as_ref(), hand, settings.language.get()))
    };
    let tags = {
        let view = view.clone();
        let start = Arc::clone(&start);
        move || {
            let language = settings.language.get();
            let city = &start.city;
            let town = view
                .town_code
                .as_deref()
                .and_then(|code| city.town(language, code));
            let town = town.map(str::to_owned).or_else(|| view.town.clone());
            let lead = view
                .lead
                .as_ref()
                .map(|lead| city.department(language, lead).to_owned());
            let said = [town, lead].into_iter().flatten().collect::<Vec<_>>();
            said.join(" · ")
        }
    };
    let title = (view.title.clone(), view.title_en.clone());
    let state = view.state;
    view! {
        <header>
            <Mark severity=Signal::stored(severity) late done=Signal::stored(!is_open)/>
            <h3><a href=format!("#{id}")>{move || match settings.language.get() {
                Language::Zh => title.0.clone(),
                Language::En => title.1.clone(),
            }}</a></h3>
            <p class="due" data-light=move || due.read().light>
                <span class="due-left">{move || due.read().left.clone()}</span>
                <span class="due-at">{move || due.read().at.clone()}</span>
            </p>
        </header>
        <p class="order-tags">
            <span class="state">{move || start.city.label(settings.language.get(), state.name()).to_owned()}</span>
            {view.drill.then(|| view! { <span class="flag drill">{settings.say(Message::Drill)}</span> })}
            <span>{tags}</span>
        </p>
    }
}

/// Commands with their buttons, and the form where one was pressed.
#[component]
fn Ask(hand: Hand, view: IncidentView, commands: Vec<CommandName>) -> impl IntoView {
    let settings = hand.settings;
    let id = view.id;
    let writing = Memo::new(move |_| {
        let form = hand
            .form
            .get()
            .filter(|(of, _)| *of == id && hand.open.get() != Some(id));
        form.map(|(_, command)| command)
    });
    let place = view.position;
    let for_form = view.clone();
    let press = Callback::new(move |command| hand.press(&view, command));
    let commands = Signal::stored(commands);
    view! {
        <div class="order-actions">
            <button type="button" class="way" disabled=place.is_none() on:click=move |_| {
                hand.look_at.set(place);
                hand.sheet.set(Sheet::Map);
            }>{settings.say(Word::Map)}</button>
            <CommandButtons hand commands writing press/>
        </div>
        {move || writing.get().map(|command| {
            let view = for_form.clone();
            view! { <CommandForm hand command view=Signal::stored(view)/> }
        })}
    }
}

/// Whether the asker's role gives such a command in such a state.
fn may(hand: Hand, command: CommandName, view: &IncidentView) -> bool {
    let start = hand.start();
    let row = row_of(command);
    start
        .me
        .as_ref()
        .is_some_and(|me| row.roles.contains(&me.role))
        && row.from.contains(&view.state)
}

#[component]
fn Grave(view: IncidentView, hand: Hand) -> impl IntoView {
    let id = view.id;
    let queued = on_its_way(hand, id);
    let commands = [CommandName::Urge, CommandName::Instruct];
    let commands = commands
        .into_iter()
        .filter(|command| may(hand, *command, &view))
        .collect();
    view! {
        <article class="order" data-testid="serious" data-id=id.to_string()>
            <Head view=view.clone() hand/>
            <QueuedRows hand rows=queued in_card=true/>
            <Ask hand view commands/>
        </article>
    }
}

/// What waits for a decision, each with its two answers under the thumb.
#[component]
pub fn Waiting(overview: Overview) -> impl IntoView {
    let settings = overview.hand.settings;
    let waiting = Memo::new(move |_| overview.listed.read().waiting.clone());
    let more = Memo::new(move |_| overview.listed.read().waiting_more);
    view! {
        <HeldBack overview/>
        <h2>{settings.say(Word::Deciding)}</h2>
        <p class="nothing" class:gone=move || !waiting.read().is_empty()>{settings.say(Word::DecidingNone)}</p>
        <p class="faint" class:gone=move || !more.get()>{settings.say(Word::DecidingMore)}</p>
        <div class="orders">
            <For each=move || waiting.get() key=|one| (one.incident.id, one.incident.revision, one.decision)
                children=move |waiting| view! { <Decision waiting hand=overview.hand/> }/>
        </div>
    }
}

#[component]
fn Decision(waiting: WaitingView, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let WaitingView {
        incident,
        decision,
        asked_at,
        asked_by,
        text: zh,
        text_en: en,
    } = waiting;
    let id = incident.id;
    let queued = on_its_way(hand, id);
    // Yes or no is all that is asked: it is answered without a form.
    let is_plain = row_of(decision)
        .arguments
        .iter()
        .all(|argument| argument.name == "approved" || !argument.required);
    let decided =
        Memo::new(move |_| queued.with(|queued| queued.iter().any(|row| row.command == decision)));
    let for_answer = incident.clone();
    let answer = move |approved: bool| {
        let arguments = vec![("approved", Json::Flag(approved))];
        hand.give(&for_answer, decision, arguments, Vec::new());
    };
    let (yes, no) = (answer.clone(), answer);
    let offsets = Arc::clone(&start);
    let asked = move || {
        let by = asked_by.clone()?;
        let at = time::moment(
            settings.language.get(),
            asked_at?,
            settings.clock.get(),
            &offsets.city.offsets,
        );
        Some(Word::AskedBy.filled(settings.language.get(), &[("by", &by), ("at", &at)]))
    };
    let mut others = vec![CommandName::Instruct];
    if !is_plain {
        others.insert(0, decision);
    }
    others.retain(|command| may(hand, *command, &incident));
    view! {
        <article class="order decision" data-testid="decision" data-id=id.to_string() data-decision=decision.name()>
            <p class="decision-what">{move || start.city.label(settings.language.get(), decision.name()).to_owned()}</p>
            <Head view=incident.clone() hand/>
            <blockquote class="asked">
                <p>{move || match settings.language.get() { Language::Zh => zh.clone(), Language::En => en.clone() }}</p>
                <p class="faint">{asked}</p>
            </blockquote>
            <QueuedRows hand rows=queued in_card=true/>
            <div class="yes-no" class:gone=move || !is_plain || decided.get()>
                <button type="button" data-testid="refuse" on:click=move |_| no(false)>{settings.say(Word::Refuse)}</button>
                <button type="button" class="primary" data-testid="agree" on:click=move |_| yes(true)>{settings.say(Word::Agree)}</button>
            </div>
            <Ask hand view=incident commands=others/>
        </article>
    }
}

#[cfg(test)]
mod tests;
