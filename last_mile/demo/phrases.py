"""Sentences of proposals: each bank shows one metric and no other; a test holds them to it.

What people say around a proposal stands in talk.py; what belongs to one category, in trades.py.
"""

GENERIC_GREETINGS = (
    "Dear Hiring Manager,", "Hello there,", "Hi there,", "Dear Sir or Madam,",
    "To whom it may concern,", "Dear Client,", "Greetings,", "Hello,",
)  # fmt: skip
NAMED_GREETINGS = ("Hi {},", "Hello {},", "Dear {},", "Good morning {},", "Hi {}!")
ROBOTIC = (
    "I am excited to apply, and I am confident that I can deliver.",
    "I came across your job and believe I am the ideal candidate.",
    "With a proven track record, I will hit the ground running.",
    "As a results-driven expert, I leverage a wealth of experience.",
    "I am writing to apply because my skills align perfectly with yours.",
    "In today's fast-paced market, you need a partner like me.",
    "Look no further: I will take your project to the next level.",
    "As a highly motivated freelancer, I deliver high-quality results.",
    "I utilize cutting-edge methods to bring your vision to life.",
    "Rest assured, I am passionate about delivering on time.",
    "I am thrilled to submit this offer, as it is a perfect fit.",
    "I would be a valuable asset with a solution tailored to your needs.",
    "I am writing to express my interest in delivering a seamless outcome.",
    "My background is a testament to how I drive success.",
    "A perfect fit: results-driven and highly motivated.",
)
PLAIN_OPENINGS = (
    "Your post says clearly what done looks like, so I will be brief.",
    "I read your post twice and sketched an answer on paper.",
    "This is the sort of work I do most weeks.",
    "Your post reads like my usual Tuesday.",
    "I have done this before and know where it gets tricky.",
    "A short note on how I would go about this.",
    "You describe the task well, so here is my answer.",
    "I looked at what you have so far before replying.",
    "Here is what I would do first.",
    "I would like to take this off your desk.",
)
FORMAL = (
    "I would be most grateful for your reply and remain at your disposal.",
    "Kindly review my offer at your earliest convenience.",
    "I respectfully submit this offer to your esteemed firm.",
    "Should you require references, I shall hereby provide them.",
    "It would be my privilege to serve; kindly advise.",
    "With reference to your post, permit me to introduce myself.",
    "Kindly find my terms herewith.",
    "I humbly await the honor of your answer, should you require one.",
)
FRIENDLY = (
    "Hope your week is going well!",
    "Happy to chat whenever suits you!",
    "Happy to chat!",
    "I would love to hear more about the team.",
    "Can't wait to see where this goes.",
    "Thanks for reading this far!",
    "Lovely to read a post this clear.",
    "Have a great rest of the day!",
    "Just say hi if you want to talk it over.",
)
EXAGGERATED = (
    "You will get world-class work, nothing less.",
    "I guarantee a result you will show off.",
    "Nobody else can do this as well as I do.",
    "My work is second to none.",
    "Expect a flawless result every single time.",
    "I am the very best choice on this platform.",
    "My eye for this is simply unmatched.",
    "I have never failed a client.",
    "Your results will be like no other.",
)
ROUGH = (
    "Anyways, that is basically the plan.",
    "I do fixes and stuff like that too...",
    "It is kinda my thing, tbh.",
    "There is more I can do, etc etc.",
    "I am gonna keep it simple for you.",
    "Questions or whatever, just write!!",
    "I sorta enjoy this.",
)
SLIPS = (
    "I has done this kind of work before.",
    "You will definately see the difference.",
    "I can recieve files any way you like.",
    "I could of shown more samples here.",
    "There is alot I can bring to this.",
    "I keep the the files tidy.",
    "I will work untill you are pleased.",
    "My experiance speaks for itself.",
)
TONE_LINES = {
    "playful": (
        "I like work with a playful streak.",
        "A cheeky idea or two is included.",
        "I keep it quirky where it counts.",
        "I bring some humor to long weeks.",
    ),
    "direct": (
        "I am blunt about what will not work.",
        "You get no fluff from me.",
        "My updates stay to the point.",
        "Expect plain talk and clear dates.",
    ),
    "rigorous": (
        "I am methodical from start to end.",
        "I work in a thorough way and check twice.",
        "Precision is how I earn repeat work.",
        "Expect rigorous checks before anything ships.",
    ),
    "caring": (
        "I bring empathy to everyone involved.",
        "I am gentle with people and firm on dates.",
        "I take a caring approach with every team.",
        "Kindness goes into every reply I send.",
    ),
    "bold": (
        "I am ready to be bold with you.",
        "I like ambitious plans.",
        "Let us make a daring choice or two.",
        "I would go for the fearless option.",
    ),
}
AVAILABILITY = (
    "I can start next week.",
    "I am available from Monday.",
    "I have 25 hours a week for this.",
    "I am available full-time.",
    "I can begin tomorrow.",
    "I can give this 30 hours per week.",
    "My time zone overlaps with yours.",
)
QUESTIONS = (
    "Who signs off on the final version?",
    "Do you already have a deadline in mind?",
    "What does success look like for you?",
    "What is your deadline?",
    "Have you tried anything like this before?",
    "How will you measure whether it worked?",
    "Is there a style guide to follow?",
)
MADE_UP = (
    "I have {} years of experience.",
    "My last launch raised sales by {}%.",
    "I worked at {} before going solo.",
    "I am {}-certified for this.",
    "I have finished {}0 projects like yours.",
    "I hold a certificate from {}.",
    "I saved one team ${},000.",
)
WITH_FIGURE = frozenset(MADE_UP[index] for index in (0, 1, 4, 6))
MADE_UP_FIGURES = ("14", "17", "18", "21", "23", "26", "34", "47", "63", "82")
MADE_UP_NAMES = ("Oracle", "Deloitte", "Stanford", "IBM", "Accenture", "Siemens", "Oxford")
EXAMPLE_MARKERS = (
    "Last spring", "Recently", "Earlier this year", "Last autumn", "A few months ago",
    "Last winter", "Last month", "Last summer",
)  # fmt: skip
REQUIREMENTS = (
    "You asked for {}, {} and {}; I use them daily.",
    "{}, {} and {} are covered.",
    "{}, {}, {}: yes.",
    "I work with {}, {} and {} every week.",
    "On {}, {} and {} you need not train me.",
    "I know {}, {} and {} well.",
)
SKILLS = (
    "I also bring {}, {} and {}.",
    "Also {}, {} and {}.",
    "From my own side I add {}, {} and {}.",
    "Beyond that I am at home in {}, {} and {}.",
    "My profile shows {}, {} and {} too.",
    "{}, {} and {} are part of how I work.",
)
BULLET_INTROS = ("What you get:", "My offer covers:", "In short:", "I would deliver:")
DENSE = (
    "2 drafts, 3 rounds, 2 calls, 5 days.",
    "Plan: 2 days to a first version, 3 rounds, 1 call, done in 6 days.",
    "Day 1 we talk, day 3 you see 2 concepts, day 6 is handover.",
    "Week 1 covers 3 steps, week 2 covers 2 revisions.",
    "I send 2 versions in 4 days, then 2 rounds and 1 call.",
    "Milestone 1 takes 3 days, milestone 2 takes 5 days.",
    "Expect 3 drafts in 5 days, 2 rounds and 2 reports.",
)
FILLERS = (
    "I send a short note each evening, so you always know where things stand.",
    "You will see unfinished work early, because early is when changes are cheap.",
    "If something in the post turns out to be larger than it looks, I say so the same day.",
    "Everything I make is handed over with its sources, so the next person can carry on.",
    "I keep a written list of open points and we close it together before the final invoice.",
    "Small requests along the way are part of the price and need no new contract.",
    "I work in the open: one shared folder, one thread, and no surprises at the end.",
    "When I am unsure I ask in writing, and I collect such points instead of interrupting you.",
    "You can stop after the first part and owe me only for that part.",
    "I leave room at the end for the changes that always come once other people have looked.",
    "Nothing goes out before you have seen it and agreed to it.",
    "I write down what we decide, so that nobody has to remember it later.",
    "If you already have notes or older attempts, I am glad to begin from those.",
    "I test my own work on the devices and with the people it is meant for.",
)
CLOSINGS = ("Best,", "Regards,", "Best regards,", "Talk soon,", "All the best,")
DRAFT_BODY = (
    "My extensive background makes me suitable for a broad range of tasks.",
    "I always put the customer first and communicate throughout the process.",
    "Your satisfaction is my top priority and I work with full dedication.",
    "I can handle every aspect of the project from beginning to end.",
    "I have handled similar work for many different clients over time.",
)
PRESENT = {  # metric -> a sentence for when it is to be seen
    "information_dense": DENSE,
    "mentions_availability": AVAILABILITY,
    "overly_formal": FORMAL,
    "question_to_client": QUESTIONS,
    "friendly_tone": FRIENDLY,
}
ABSENT = {"polished": ROUGH, "grammatical": SLIPS}  # metric -> a sentence for when it is not
