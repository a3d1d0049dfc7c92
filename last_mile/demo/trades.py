"""The eight job categories of the demo: what is asked for, what hurts, what people have made.

Requirements and skills share no word, so that mentioning one never mentions the other.
"""

from typing import NamedTuple


class Trade(NamedTuple):
    """One category.

    Attributes:
        titles: titles of job posts.
        requirements: eight terms job posts ask for.
        skills: eight other terms profiles list.
        pains: (sentence of the job post, sentence of a proposal that takes it up).
        works: (past tense verb, thing made) of profile projects.
        deliverables: items of a bullet list.
    """

    titles: tuple[str, ...]
    requirements: tuple[str, ...]
    skills: tuple[str, ...]
    pains: tuple[tuple[str, str], ...]
    works: tuple[tuple[str, str], ...]
    deliverables: tuple[str, ...]


CUSTOMERS = (
    "a dental clinic", "a family bakery", "a cycling club", "a seed bank", "a yoga studio",
    "a bookshop in Porto", "a solar installer", "a village museum", "a coffee roaster",
    "a language school", "a food bank", "a small winery", "a climbing gym", "a law office",
    "a toy maker", "a rowing federation",
)  # fmt: skip
TRADES = (
    Trade(  # web_development
        ("Web developer for our shop", "Rebuild of a company site", "Front-end help wanted"),
        ("React", "TypeScript", "GraphQL", "Tailwind", "Node.js", "Stripe", "WordPress", "Docker"),
        ("Vue", "PostgreSQL", "Redis", "Playwright", "Webflow", "Django", "Svelte", "Nginx"),
        (
            ("The problem: visitors abandon the checkout page on their phones.",
             "Visitors abandon a checkout on their phones when one slow page blocks them."),
            ("We struggle with a homepage that loads slowly on weak connections.",
             "A homepage that loads slowly on weak connections is my first target."),
            ("Our biggest headache: every plugin update breaks the booking form.",
             "I would isolate the booking form so no plugin update breaks it."),
            ("It is frustrating that search engines ignore half of our catalogue.",
             "Search engines ignore a catalogue for reasons I can list."),
        ),
        (("rebuilt", "a ticket site"), ("built", "a members area"), ("moved", "an old blog"),
         ("built", "a donation flow")),
        ("a working preview link", "a clean repository", "a deployment guide",
         "a list of browser checks", "a tidy component set"),
    ),
    Trade(  # graphic_design
        ("Logo and identity designer", "Packaging design", "Brochure layout"),
        ("Illustrator", "InDesign", "typography", "packaging", "Photoshop", "branding", "Figma",
         "prepress"),
        ("lettering", "engraving", "Procreate", "Blender", "screenprinting", "iconography",
         "watercolor", "signage"),
        (
            ("The problem: our label looks cheap next to rival bottles on the shelf.",
             "A label stops looking cheap next to rival bottles once the shelf view leads."),
            ("We struggle with posters that vanish across a busy street.",
             "Posters that vanish across a busy street need fewer elements."),
            ("Our biggest headache: each department invents its own colors and slides.",
             "One sheet of colors and slides would calm each department."),
            ("It is frustrating that the mark turns muddy on dark fabric.",
             "A mark that turns muddy on dark fabric needs a second cut."),
        ),
        (("drew", "a crest"), ("designed", "a menu"), ("designed", "a poster series"),
         ("designed", "an annual report")),
        ("the master files", "a color sheet", "print-ready exports", "a usage note",
         "a black and white cut"),
    ),
    Trade(  # copywriting
        ("Copywriter for a launch", "Newsletter writer", "Product page texts"),
        ("newsletters", "headlines", "storytelling", "SEO", "landing-pages", "interviews",
         "microcopy", "subtitles"),
        ("scripts", "speeches", "ghostwriting", "whitepapers", "naming", "translation",
         "slogans", "podcasts"),
        (
            ("The problem: subscribers open our mail and never click the offer.",
             "Subscribers who open a mail and never click saw an offer too late."),
            ("We struggle with product texts that sound copied from the supplier.",
             "Product texts that sound copied from a supplier need one true detail."),
            ("Our biggest headache: engineers review every article and deadlines slip.",
             "I would let engineers review an outline, so no article deadlines slip."),
            ("It is frustrating that readers leave the guide after two paragraphs.",
             "Readers leave a guide when the first paragraphs delay the answer."),
        ),
        (("wrote", "a welcome series"), ("wrote", "a catalogue"), ("rewrote", "a help center"),
         ("wrote", "a fundraising letter")),
        ("a finished text", "two title options", "a list of sources", "a word list",
         "a version for phones"),
    ),
    Trade(  # data_analysis
        ("Data analyst for reporting", "Dashboard cleanup", "Survey analysis"),
        ("SQL", "Python", "Tableau", "Excel", "forecasting", "dbt", "segmentation", "Looker"),
        ("Polars", "Stata", "geodata", "bayesian", "Metabase", "scraping", "Airflow", "clustering"),
        (
            ("The problem: finance and sales report different revenue each month.",
             "When finance and sales report different revenue, a shared definition is absent."),
            ("We struggle with a spreadsheet that crashes whenever somebody filters orders.",
             "A spreadsheet that crashes when somebody filters orders belongs in a database."),
            ("Our biggest headache: survey answers arrive in six formats and languages.",
             "Survey answers in six formats and languages can share one table."),
            ("It is frustrating that managers distrust the churn chart.",
             "Managers distrust a churn chart they cannot trace."),
        ),
        (("cleaned", "a sales ledger"), ("built", "a stock monitor"), ("mapped", "a donor list"),
         ("built", "a price tracker")),
        ("a documented notebook", "a one-page summary", "the cleaned tables",
         "a chart pack", "a data dictionary"),
    ),
    Trade(  # video_editing
        ("Editor for short clips", "Documentary cut", "Course video editing"),
        ("Premiere", "DaVinci", "captions", "motion-graphics", "color-grading", "reels",
         "storyboards", "After-Effects"),
        ("Blender", "foley", "drone", "rotoscoping", "Audition", "multicam", "animation",
         "thumbnails"),
        (
            ("The problem: viewers drop off before the host has said a word.",
             "Viewers drop off when the host needs a minute before a word."),
            ("We struggle with lectures whose echo makes students switch off.",
             "Echo in lectures makes students switch off, and it can be removed."),
            ("Our biggest headache: footage from four cameras never matches in brightness.",
             "Footage from four cameras matches once brightness is set by one chart."),
            ("It is frustrating that sponsors reject clips with shaky logos.",
             "Sponsors reject clips with shaky logos, so I stabilize those."),
        ),
        (("edited", "a race film"), ("edited", "a lecture series"), ("shot", "a portrait film"),
         ("edited", "a kitchen show")),
        ("a rough cut", "a final export", "a square version", "the project file",
         "a music list"),
    ),
    Trade(  # virtual_assistance
        ("Assistant for a small office", "Inbox and calendar help", "Back office support"),
        ("scheduling", "invoicing", "Notion", "bookkeeping", "Airtable", "travel",
         "Zendesk", "CRM"),
        ("transcription", "QuickBooks", "moderation", "Trello", "payroll", "recruiting", "Asana",
         "Slack"),
        (
            ("The problem: supplier mails sit unanswered and deliveries arrive late.",
             "Supplier mails that sit unanswered make deliveries late; I would sort those first."),
            ("We struggle with double bookings whenever two managers share a room.",
             "Double bookings end when both managers share one room plan."),
            ("Our biggest headache: receipts vanish before the quarterly return.",
             "Receipts that vanish before a quarterly return need one inbox."),
            ("It is frustrating that candidates give up before anyone opens their application.",
             "Candidates give up when an application stays unread."),
        ),
        (("organized", "a supplier archive"), ("ran", "a front desk"), ("set up", "a help desk"),
         ("planned", "a summer school")),
        ("a tidy inbox", "a daily summary", "a contact sheet", "a handbook of routines",
         "a calendar plan"),
    ),
    Trade(  # marketing
        ("Campaign manager", "Growth help for a shop", "Social media planning"),
        ("Google-Ads", "Instagram", "analytics", "copy-testing", "HubSpot", "retargeting",
         "TikTok", "Klaviyo"),
        ("Pinterest", "affiliates", "webinars", "press", "Mailchimp", "influencers", "Reddit",
         "partnerships"),
        (
            ("The problem: paid traffic grows while repeat orders shrink.",
             "When paid traffic grows while repeat orders shrink, the promise is off."),
            ("We struggle with events that fill up only through heavy discounts.",
             "Events that fill through heavy discounts teach people to wait."),
            ("Our biggest headache: the audience likes posts yet ignores the store.",
             "An audience that likes posts yet ignores the store lacks a bridge."),
            ("It is frustrating that leads go cold between signup and first demo.",
             "Leads go cold between signup and demo when nobody calls."),
        ),
        (("launched", "a spring sale"), ("planned", "an open day"), ("launched", "a loyalty card"),
         ("ran", "a poster drive")),
        ("a channel plan", "a content calendar", "a budget sheet", "a weekly readout",
         "a set of ad texts"),
    ),
    Trade(  # mobile_apps
        ("App developer", "Fixes for our iPhone app", "Android version of an app"),
        ("Swift", "Kotlin", "Flutter", "Firebase", "push-messages", "Jetpack", "offline-sync",
         "TestFlight"),
        ("Rust", "Bluetooth", "SQLite", "ARKit", "Detox", "Unity", "CoreML", "widgets"),
        (
            ("The problem: drivers lose their route when the signal fades in tunnels.",
             "Drivers lose a route in tunnels because the signal is asked too often."),
            ("We struggle with reviews that blame battery drain after the update.",
             "Reviews that blame battery drain usually point at one background task."),
            ("Our biggest headache: parents forget passwords and flood the support line.",
             "Parents who forget passwords flood support; a link by mail ends that."),
            ("It is frustrating that photos upload twice from older tablets.",
             "Photos upload twice from older tablets when a retry is blind."),
        ),
        (("built", "a tour guide app"), ("built", "a training log"), ("rebuilt", "a booking app"),
         ("built", "a reading app")),
        ("a test build", "a store listing", "the source code", "a crash summary",
         "a release checklist"),
    ),
)  # fmt: skip
