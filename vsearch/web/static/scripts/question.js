// What is asked: a frozen record, and the ways from one question to the next. No browser here.

/**
 * @typedef {object} Photo
 * @property {string} id tells photos apart within this visit
 * @property {Blob} blob what is sent
 * @property {string | null} url of a preview; null where this browser can't show it
 * @property {string} hash of the catalogue's picture that it is; empty for one's own
 *
 * @typedef {readonly [left: number, top: number, width: number, height: number]} Box shares of
 *   the picture
 * @typedef {{label: string, where: string}} Choice
 * @typedef {{sku: string, weight: number}} Example
 *
 * @typedef {object} Question
 * @property {Photo | null} photo
 * @property {string} hash a picture of the catalogue that is to be the photo
 * @property {boolean} lostPhoto whether it had a photo that an address can't carry
 * @property {string} sku a product that asks instead of a photo
 * @property {Box | null} box the part of the photo that is meant
 * @property {string} words
 * @property {Readonly<Record<string, readonly Choice[]>>} choices of each facet
 * @property {readonly Example[]} like
 * @property {readonly Example[]} unlike
 */

/** How much an example counts beside the photo: a little, as much, more. */
export const WEIGHTS = Object.freeze([0.5, 1, 2]);

const BETWEEN_LEVELS = " > ";

/** @type {Question} */
export const NOTHING = Object.freeze({
  photo: null,
  hash: "",
  lostPhoto: false,
  sku: "",
  box: null,
  words: "",
  choices: Object.freeze({}),
  like: Object.freeze([]),
  unlike: Object.freeze([]),
});

/** Whether a picture asks, of which hits can be told to be less like another one. */
export function asksByLooks(question) {
  return Boolean(question.photo || question.sku || question.like.length);
}

/** Whether there is anything to look for. */
export function isAsking(question) {
  return asksByLooks(question) || question.words.trim() !== "";
}

/** Whether exactly one picture asks, so that a match can be explained. */
export function isOnePicture(question) {
  const pictures = (question.photo ? 1 : 0) + (question.sku ? 1 : 0) + question.like.length;
  return pictures === 1 && question.unlike.length === 0;
}

/** With another photo: what was said about the one before goes, filters and words stay. */
export function withPhoto(question, photo) {
  const keepsBox = question.lostPhoto || (question.hash !== "" && question.hash === photo.hash);
  return {
    ...question,
    photo,
    hash: photo.hash,
    lostPhoto: false,
    sku: "",
    box: keepsBox ? question.box : null,
    like: keepsBox ? question.like : [],
    unlike: keepsBox ? question.unlike : [],
  };
}

/** Without any picture that asks; what hits aren't to be like means nothing then. */
export function withoutPicture(question) {
  const rest = { ...question, photo: null, hash: "", lostPhoto: false, sku: "", box: null };
  return rest.like.length ? rest : { ...rest, unlike: [] };
}

/** With a value of a facet chosen, or no more chosen where it was. */
export function withToggled(question, field, choice) {
  const before = question.choices[field] ?? [];
  const isChosen = before.some((one) => one.where === choice.where);
  const after = isChosen
    ? before.filter((one) => one.where !== choice.where)
    : [...before.filter((one) => !isOneWithin(one, choice)), choice];
  return withChoices(question, field, after);
}

/** With these values of a facet chosen, and no others. */
export function withChoices(question, field, choices) {
  const { [field]: _, ...others } = question.choices;
  return { ...question, choices: choices.length ? { ...others, [field]: choices } : others };
}

/** With a product among what hits are to be like ("like") or not ("unlike"), or out again. */
export function withExample(question, kind, sku) {
  const isIn = question[kind].some((one) => one.sku === sku);
  const without = withoutExample(question, sku);
  return isIn ? without : { ...without, [kind]: [...without[kind], { sku, weight: WEIGHTS[0] }] };
}

export function withoutExample(question, sku) {
  const like = question.like.filter((one) => one.sku !== sku);
  const unlike = question.unlike.filter((one) => one.sku !== sku);
  const left = { ...question, like, unlike };
  return asksByLooks(left) ? left : { ...left, unlike: [] };
}

/** With the next weight for an example. */
export function withNextWeight(question, sku) {
  const next = (weight) => WEIGHTS[(WEIGHTS.indexOf(weight) + 1) % WEIGHTS.length];
  const changed = (examples) =>
    examples.map((one) => (one.sku === sku ? { sku, weight: next(one.weight) } : one));
  return { ...question, like: changed(question.like), unlike: changed(question.unlike) };
}

/** The filter of all choices but those of one facet: any within a facet, all facets together. */
export function whereOf(question, exceptField = "") {
  return Object.entries(question.choices)
    .filter(([field]) => field !== exceptField)
    .map(([, choices]) => choices.map((one) => `(${one.where})`).join(" OR "))
    .map((any) => `(${any})`)
    .join(" AND ");
}

/** A wider category holds a narrower one already: either replaces the other. */
function isOneWithin(one, other) {
  const [short, long] = [one.label, other.label].sort((a, b) => a.length - b.length);
  return long.startsWith(short + BETWEEN_LEVELS);
}
