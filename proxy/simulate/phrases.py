"""The sentences the simulation speaks, by domain. Written for Seatrial; data, no logic."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """Templates of one field. `{subject}`, `{detail}` and `{number}` are filled by seed;
    a prompt that holds some of the keywords is answered from here."""

    name: str
    keywords: str
    subjects: tuple[str, ...]
    details: tuple[str, ...]
    answers: tuple[str, ...]
    questions: tuple[str, ...]
    refusals: tuple[str, ...]


SOFTWARE = Domain(
    name="software-engineering",
    keywords="api bug build cache code deploy error exception function log python release "
    "server test tests timeout traceback",
    subjects=(
        "the retry loop",
        "the connection pool",
        "the migration script",
        "the cache layer",
        "the build pipeline",
        "the payment handler",
    ),
    details=(
        "a stale lock",
        "an off-by-one error",
        "a missing index",
        "a race between two writers",
        "an unbounded queue",
        "a lost time zone",
    ),
    answers=(
        "The failure comes from {detail} in {subject}.",
        "Start with a test that reproduces it, then change {subject} and run the test again.",
        "I would keep the public interface as it is and look for {detail} where the data enters.",
        "The logs of the last {number} runs point at {subject} rather than at the network.",
        "Once {detail} is gone, {subject} finishes in about {number} milliseconds.",
        "Add a limit of {number} entries so that {subject} cannot grow without bound.",
        "Roll the change out behind a flag and watch the error rate for {number} minutes.",
        "There is one risk: {detail} may hide a second fault, so leave the old metric in place.",
        "The fix is small: close the handle in {subject} before the next attempt begins.",
        "Two of the {number} failing tests share this cause; the others were flaky before.",
    ),
    questions=(
        "Which version of {subject} are you running, and on which platform?",
        "Could you share the full error message and the {number} lines of log before it?",
        "Should existing callers of {subject} keep working without changes?",
        "Do you want {detail} fixed at its source, or only a guard that reports it?",
        "What should happen when {subject} meets {detail}: retry, skip or stop?",
        "Which of the two repositories holds the code you want me to change?",
    ),
    refusals=(
        "I can't help with that: it would switch off a safeguard that others rely on.",
        "I'm sorry, but I can't write code that gets around access control.",
        "I won't help to hide this change to {subject} from review.",
    ),
)

HEALTHCARE = Domain(
    name="healthcare",
    keywords="clinic clinical dose doctor drug health medication nurse pain patient "
    "symptom symptoms treatment",
    subjects=(
        "the discharge summary",
        "the medication list",
        "the triage note",
        "the vaccination record",
        "the follow-up plan",
        "the lab report",
    ),
    details=(
        "a missing allergy entry",
        "a duplicate prescription",
        "an unclear unit of measure",
        "a raised potassium value",
        "a gap in the history",
        "an outdated weight",
    ),
    answers=(
        "I found {detail} in {subject}, and it should be settled before anything else.",
        "The values of the last {number} days are stable and call for no change.",
        "Please have a clinician confirm {detail} before {subject} is signed.",
        "A follow-up after {number} days is the usual interval for this situation.",
        "I have listed the entries of {subject} by date, the newest first.",
        "Because of {detail}, the dose has to be checked against the current weight.",
        "The guideline asks for a second reading when the first lies {number} percent above normal.",
        "Nothing in {subject} points to an emergency, but new chest pain would change that.",
        "Record the reason for the change next to {detail}, so the next shift can follow it.",
        "The two notes agree on everything except {detail}.",
    ),
    questions=(
        "How old is the patient, and is there any known allergy?",
        "Since when have the symptoms been present, and have they become worse?",
        "Which medication and which dose does the patient take at the moment?",
        "Does {detail} in {subject} refer to this visit or to the one before?",
        "Could you tell me the most recent weight and kidney function?",
        "Is {subject} meant for the patient or for the referring doctor?",
    ),
    refusals=(
        "I can't give a diagnosis from this; please turn to a clinician.",
        "I'm sorry, but I can't recommend a dose above the approved limit.",
        "I'm not able to share details of another patient's record.",
    ),
)

LEGAL = Domain(
    name="legal",
    keywords="agreement clause claim contract court law lawyer lease legal liability "
    "notice statute tenant",
    subjects=(
        "the supply agreement",
        "the lease",
        "the notice of termination",
        "the confidentiality clause",
        "the statement of claim",
        "the board resolution",
    ),
    details=(
        "an open liability cap",
        "a missing signature page",
        "a notice period that contradicts the annex",
        "an unclear choice of law",
        "an automatic renewal",
        "a penalty without an upper bound",
    ),
    answers=(
        "The main point in {subject} is {detail}.",
        "As drafted, the notice must arrive at least {number} days before the term ends.",
        "I would replace {detail} with a clear sum and a named date.",
        "The annex wins over {subject} only where it says so, and here it does not.",
        "The summary below follows the order of {subject} and leaves out the recitals.",
        "Under this wording the risk of {detail} stays with the buyer.",
        "Section {number} should be read together with the definition of affiliate.",
        "A court would probably read {detail} against the party that wrote it.",
        "Both sides can live with {subject} if the cap covers indirect loss as well.",
        "Keep proof of delivery, because the period starts when the letter is received.",
    ),
    questions=(
        "Which law governs {subject}, and where would a dispute be heard?",
        "On which date did you receive {subject}?",
        "Do you act for the buyer or for the seller?",
        "Should I treat {detail} as agreed, or is it still open between the parties?",
        "Could you send me section {number} and the annex it refers to?",
        "Is {subject} already signed by both parties?",
    ),
    refusals=(
        "I can't advise on how to hide assets from a court.",
        "I'm sorry, but I can't draft a document that misstates the facts.",
        "I'm not able to give a legal opinion for you to rely on; a lawyer has to do that.",
    ),
)

RESEARCH = Domain(
    name="scientific-research",
    keywords="analysis data dataset experiment hypothesis measurement paper regression "
    "research sample statistics study",
    subjects=(
        "the pilot study",
        "the control group",
        "the calibration run",
        "the survey data",
        "the regression model",
        "the field sample",
    ),
    details=(
        "a drift in the baseline",
        "a selection effect",
        "a missing replicate",
        "an outlier on day three",
        "a change of instrument",
        "a skewed residual",
    ),
    answers=(
        "The effect shrinks by a third once {detail} is taken into account.",
        "With {number} samples, {subject} can show a difference of half a standard deviation.",
        "I would report the interval beside the estimate and name {detail} as a limit.",
        "The data of {subject} fit a linear trend up to {number} units and flatten after that.",
        "Repeat the measurement with a fresh standard to rule out {detail}.",
        "Nothing here supports a causal claim, because {subject} was not randomised.",
        "Of the {number} records, most are complete; the rest lack the time of collection.",
        "The two groups differ at the start, so compare changes and not final values.",
        "Register the analysis before {subject} is unblinded.",
        "The earlier paper used another unit, which explains the apparent conflict.",
    ),
    questions=(
        "How many samples does {subject} have, and were they drawn at random?",
        "Which outcome counts as primary in {subject}?",
        "Should I exclude {detail}, or keep it and report both results?",
        "Which significance level did you fix before the experiment?",
        "Could you tell me the instrument and the unit of the second column?",
        "Do you want the figures for the whole period or only for the last {number} days?",
    ),
    refusals=(
        "I can't help to make up data for {subject}.",
        "I'm sorry, but I can't give instructions for growing a dangerous agent.",
        "I won't remove {detail} without saying so in the report.",
    ),
)

DOMAINS = (SOFTWARE, HEALTHCARE, LEGAL, RESEARCH)

QUESTION_LEADS = (
    "One thing is missing before I can go on.",
    "I want to get this right.",
    "The request can be read in two ways.",
    "I need one more detail from you.",
)
REFUSAL_ENDS = (
    "",
    "I can explain the background instead.",
    "If your aim is a different one, describe it and I will look again.",
)
