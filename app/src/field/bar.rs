//! What stands around the lists: who one is and how old the data, what the line is doing, the four sheets, and one's own sheet.

use domain::account::Role;
use domain::language::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::hand::{Hand, Sheet, forget_answers, install, take_newer};
use super::queue::Queue;
use super::words::Word;
use crate::controls::SettingsBar;
use crate::live::connection::Link;
use crate::text::{Message, text, time};

/// Whose page it is and how fresh.
#[component]
pub fn TopBar(hand: Hand, #[prop(into)] title: Signal<String>) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let light = move || match hand.line.get() {
        Link::Live => "green",
        Link::Off => "none",
        Link::Connecting { .. } => "yellow",
        Link::SignedOut | Link::Outdated => "red",
    };
    let offsets = start.city.offsets.clone();
    let age = Memo::new(move |_| {
        let language = settings.language.get();
        let start = hand.start();
        let said = match (hand.heard_at.get(), settings.clock.get()) {
            (heard, Some(_)) => {
                let heard = heard.unwrap_or(start.now);
                time::age(language, heard, settings.present())
            }
            // Nobody has a clock yet: the moment itself.
            (_, None) => time::clock(start.now, None, &offsets),
        };
        Word::DataOf.filled(language, &[("age", &said)])
    });
    view! {
        <header class="field-top">
            <h1>{move || title.get()}</h1>
            {start.demo.then(|| view! { <span class="badge">{settings.say(Message::Demo)}</span> })}
            <span class="light" data-testid="link-light" data-light=light role="status">
                <span class="lamp" aria-hidden="true"></span>
                <span data-testid="data-age">{age}</span>
            </span>
        </header>
    }
}

/// One line that says what is not as usual, and what to do about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bar {
    Refused(usize),
    SignedOut(usize),
    OfflineWaiting(usize),
    Offline,
    Newer,
    Sending(usize),
}

impl Bar {
    /// The most urgent that holds; none when all is well.
    pub fn of(link: Link, queue: &Queue, newer: bool, is_begun: bool) -> Option<Self> {
        let (waiting, refused) = (queue.waiting(), queue.refused());
        if refused > 0 {
            return Some(Self::Refused(refused));
        }
        if link == Link::SignedOut || queue.is_signed_out() {
            return Some(Self::SignedOut(waiting));
        }
        if newer || link == Link::Outdated {
            return Some(Self::Newer);
        }
        match (link, waiting) {
            (Link::Live | Link::Off, 0) => None,
            (Link::Live, _) => Some(Self::Sending(waiting)),
            (_, 0) if !is_begun => None,
            (_, 0) => Some(Self::Offline),
            _ => Some(Self::OfflineWaiting(waiting)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::SignedOut(_) => "signed-out",
            Self::OfflineWaiting(_) => "offline-waiting",
            Self::Offline => "offline",
            Self::Newer => "newer",
            Self::Sending(_) => "sending",
        }
    }
}

/// A line that is being opened for the first time is no outage yet.
fn is_outage(link: Link) -> bool {
    match link {
        Link::Connecting { attempt } => attempt > 1,
        _ => true,
    }
}

#[component]
pub fn OfflineBar(hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let bar = Memo::new(move |_| {
        let link = hand.line.get();
        let newer = hand.newer.get();
        hand.outbox
            .queue
            .with(|queue| Bar::of(link, queue, newer, is_outage(link)))
    });
    let said = move || {
        let language = settings.language.get();
        let of = |word: Word, n: usize| word.filled(language, &[("n", &n.to_string())]);
        bar.get().map(|bar| match bar {
            Bar::Refused(n) => of(Word::RefusedSome, n),
            Bar::SignedOut(n) => of(Word::SignedOutKept, n),
            Bar::OfflineWaiting(n) => of(Word::OfflineWaiting, n),
            Bar::Sending(n) => of(Word::SendingNow, n),
            Bar::Newer => Word::Newer.text(language).to_owned(),
            Bar::Offline => {
                let heard = hand.heard_at.get().unwrap_or_else(|| hand.start().now);
                let now = settings.clock.get().map_or(heard, |_| settings.present());
                Word::OfflineOld.filled(language, &[("age", &time::age(language, heard, now))])
            }
        })
    };
    view! {
        <div class="offline-bar" role="status" aria-live="polite" data-testid="bar"
            class:gone=move || bar.read().is_none() data-kind=move || bar.get().map_or("", Bar::name)>
            <span>{said}</span>
            {move || bar.get().and_then(|bar| match bar {
                Bar::SignedOut(_) => Some(view! {
                    <a class="bar-act" data-testid="sign-in-again" href="/login?next=/orders">{settings.say(Word::SignIn)}</a>
                }.into_any()),
                Bar::Newer => Some(view! {
                    <button type="button" class="bar-act" data-testid="take-newer" on:click=move |_| take_newer()>{settings.say(Word::TakeNewer)}</button>
                }.into_any()),
                Bar::Refused(_) | Bar::OfflineWaiting(_) => Some(view! {
                    <button type="button" class="bar-act" data-testid="show-outbox" on:click=move |_| hand.show_outbox()>{settings.say(Word::Open)}</button>
                }.into_any()),
                _ => None,
            })}
        </div>
        <p class="notice" role="status" class:gone=move || hand.notice.read().is_none()>{move || hand.notice.get()}</p>
    }
}

/// The four sheets, in the thumb's reach.
#[component]
pub fn BottomBar(
    hand: Hand,
    main: Word,
    second: Word,
    /// What waits behind the second.
    #[prop(into)]
    waiting: Signal<usize>,
) -> impl IntoView {
    let settings = hand.settings;
    let sheets = [
        (Sheet::Main, main),
        (Sheet::Second, second),
        (Sheet::Map, Word::Map),
        (Sheet::Me, Word::Me),
    ];
    let buttons = sheets.map(|(sheet, word)| {
        view! {
            <button type="button" data-testid=format!("sheet-{}", sheet.name())
                aria-pressed=move || (hand.sheet.get() == sheet).to_string()
                on:click=move |_| hand.sheet.set(sheet)>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d=icon(sheet)/></svg>
                <span>{settings.say(word)}</span>
                {(sheet == Sheet::Second).then(|| view! {
                    <span class="waiting-count" class:gone=move || waiting.get() == 0>{move || waiting.get()}</span>
                })}
            </button>
        }
    });
    view! { <nav class="bottom-bar" aria-label=settings.say(main)>{buttons.collect_view()}</nav> }
}

/// One line set, 1.5 px.
fn icon(sheet: Sheet) -> &'static str {
    match sheet {
        Sheet::Main => "M5 4.5h14v15H5zM8.5 9h7M8.5 12.5h7M8.5 16h4",
        Sheet::Second => "M4 13.5 6.5 5h11l2.5 8.5v6H4zM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20",
        Sheet::Map => "M9 5 3.5 7v12.5L9 17.5l6 2 5.5-2V5L15 7 9 5zM9 5v12.5M15 7v12.5",
        Sheet::Me => {
            "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.8 3.8-5.5 7.5-5.5s6.7 1.7 7.5 5.5"
        }
    }
}

/// Who one is, how the page looks, the way to the desk and out.
#[component]
pub fn MeSheet(hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let Some(me) = start.me.clone() else {
        return ().into_any();
    };
    let name = me.name.clone();
    let is_department = me.role == Role::Department;
    let what = move || {
        let language = settings.language.get();
        let start = hand.start();
        let role = start.city.label(language, me.role.name()).to_owned();
        let department = match language {
            Language::Zh => &me.department_name,
            Language::En => &me.department_name_en,
        };
        department
            .as_ref()
            .map_or(role.clone(), |department| format!("{department} · {role}"))
    };
    let sample = start.city.sample;
    let note = start.city.sample_note.clone();
    let sign_out = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // What was read is not left behind for the next; what waits to be sent is.
        spawn_local(async move {
            let _forgotten = JsFuture::from(forget_answers()).await;
            leave();
        });
    };
    view! {
        <section class="me" aria-labelledby="me-title">
            <h2 id="me-title" data-testid="me">{name}</h2>
            <p>{what}</p>
            {sample.then(|| view! {
                <p class="faint">{move || match settings.language.get() {
                    Language::Zh => note.clone(),
                    Language::En => text(Language::En, Message::SampleNote).to_owned(),
                }}</p>
            })}
            <SettingsBar/>
            <button type="button" class:gone=move || !hand.installable.get() on:click=move |_| install()>{settings.say(Word::Install)}</button>
            {is_department.then(|| view! { <p class="faint">{settings.say(Word::InstallHint)}</p> })}
            <a href="/desk">{settings.say(Word::Desk)}</a>
            <form id="sign-out" method="post" action="/logout" on:submit=sign_out>
                <button type="submit" data-testid="sign-out">{settings.say(Message::SignOut)}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Sends the form past its own handler.
fn leave() {
    use wasm_bindgen::JsCast;
    let form = document().get_element_by_id("sign-out");
    if let Some(form) = form
        && let Ok(submit) = js_sys::Reflect::get(&form, &"submit".into())
        && let Ok(submit) = submit.dyn_into::<js_sys::Function>()
        && submit.call0(&form).is_err()
    {
        leptos::logging::warn!("the form to sign out was not sent");
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::{Answer, Expected, Queued, Standing};
    use super::*;
    use domain::ids::{CommandId, IncidentId};
    use domain::lifecycle::CommandName;
    use domain::time::Timestamp;

    fn one(standing: Standing) -> Queue {
        Queue::of(vec![Queued {
            number: 1,
            id: CommandId::from_bits(1),
            incident: IncidentId::new(1, 0),
            command: CommandName::Arrive,
            after: None,
            expected: Expected::Any,
            standing,
            given_at: Timestamp::from_millis(0),
            title: String::new(),
            refusal: None,
            status: None,
            photos: 0,
        }])
    }

    #[test]
    fn the_bar_says_the_most_urgent_thing_and_nothing_when_all_is_well() {
        let (none, waiting, refused) = (
            Queue::default(),
            one(Standing::Waiting),
            one(Standing::Refused),
        );
        let down = Link::Connecting { attempt: 3 };
        for (link, queue, newer, said) in [
            (Link::Live, &none, false, None),
            (Link::Live, &waiting, false, Some(Bar::Sending(1))),
            (down, &waiting, false, Some(Bar::OfflineWaiting(1))),
            (down, &none, false, Some(Bar::Offline)),
            (down, &refused, true, Some(Bar::Refused(1))),
            (Link::SignedOut, &waiting, true, Some(Bar::SignedOut(1))),
            (Link::Live, &none, true, Some(Bar::Newer)),
            (Link::Outdated, &none, false, Some(Bar::Newer)),
        ] {
            assert_eq!(Bar::of(link, queue, newer, true), said, "{link:?}");
        }
        let mut out = one(Standing::Waiting);
        out.begin(1);
        out.answered(1, Answer::SignedOut);
        assert_eq!(
            Bar::of(Link::Live, &out, false, true),
            Some(Bar::SignedOut(1))
        );
        let first = Link::Connecting { attempt: 1 };
        assert_eq!(
            Bar::of(first, &none, false, is_outage(first)),
            None,
            "no outage yet"
        );
    }
}
