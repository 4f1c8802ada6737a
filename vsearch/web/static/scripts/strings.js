// Every text of the page, in one place: a translation is another file like this one.

const number = new Intl.NumberFormat();
const share = new Intl.NumberFormat(undefined, { style: "percent" });

function plural(count, one, many) {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

/** Nothing is certain, and little is not nothing. */
function certainty(probability) {
  if (probability < 0.01) return `<${share.format(0.01)}`;
  return probability > 0.99 ? `>${share.format(0.99)}` : share.format(probability);
}

export const text = Object.freeze({
  name: "vsearch",
  pageTitle: (about) => (about ? `${about} · vsearch` : "vsearch: find it by a photo"),
  home: "vsearch: start again",
  skip: "Skip to the results",

  // Asking
  wordsLabel: "Search by words",
  wordsPlaceholder: "Search by words",
  wordsBesidePhoto: "Add words to your photo",
  clearWords: "Clear the words",
  choosePhoto: "Choose a photo",
  takePhoto: "Take a photo",
  addPhoto: "Add a photo",
  otherPhoto: "Another photo",
  removePhoto: "Remove the photo",
  dropHere: "Drop it to search",
  welcomeTitle: "Find it by a photo",
  welcomeLead: (count, isInHand) =>
    `${isInHand ? "Take or choose" : "Drop or paste"} a picture of what you are looking for.` +
    " We'll find what looks like it" +
    `${count ? ` among ${plural(count, "product", "products")}` : ""}.`,
  welcomeHint: "JPEG, PNG, WebP, HEIC and more. Photos are made smaller before they are sent.",
  welcomeExamples: "Nothing at hand? Try one of these",
  lostPhotoTitle: "This link was made with a photo",
  lostPhotoHint:
    "A link can't carry the photo itself. Filters and words are kept: add a photo to go on.",
  preparing: "Getting the photo ready",
  yourPhoto: "Your photo",
  askedProduct: "What looks like",
  askedAndFilters: "Your search",
  backToAsked: "Back to what you search with",
  searchWithPart: "Search with a part of it",
  noPreview: "This browser can't show the picture; it is searched for all the same.",
  likeThis: "More like",
  unlikeThis: "Less like",
  weight: { 0.5: "a little", 1: "just as much", 2: "a lot" },
  weightOf: (title, weight) => `${title} counts ${weight}; change that`,
  removeExample: (title) => `Forget ${title}`,

  // The crop box
  cropLabel: "Part of the photo to search with",
  cropRole: "crop box",
  cropHelp: "Arrow keys move it, Shift and arrow keys resize it, Escape takes the whole picture.",
  findThings: "Find the things in it",
  findingThings: "Looking for things",
  foundThings: (count) => (count ? "Press a dot to search with it" : "Drag the corners to crop"),
  searchThing: (name) => (name ? `Search with this: ${name}` : "Search with this"),
  cropWhole: "The whole photo",
  cropReset: "Use the whole photo",
  /** @param {import("./question.js").Box} box */
  cropAt: ([left, top, width, height]) =>
    `${share.format(width)} wide and ${share.format(height)} high, ` +
    `${share.format(left)} from the left and ${share.format(top)} from the top`,

  // Answers
  resultsTitle: "Results",
  found: (count, hasMore) =>
    hasMore ? `The ${number.format(count)} nearest` : plural(count, "product", "products"),
  foundWords: (count, hasMore) =>
    hasMore ? `The best ${number.format(count)}` : plural(count, "product", "products"),
  searching: "Searching",
  looksLike: "It looks like",
  onlyCategory: (path) => `Only ${path}`,
  nothingAlike: "Nothing like this in the catalogue",
  nothingAlikeHint: "A tighter crop or another photo may help.",
  nearestAnyway: "The nearest all the same",
  nothingFound: "Nothing found",
  nothingFoundHint: "Try fewer filters or other words.",
  whyNothing: (reason) =>
    reason ? `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` : text.nothingFoundHint,
  withoutFilters: "Search without the filters",
  showMore: "Show more",
  adding: "Getting more",
  moreLikeThis: "More like this",
  lessLikeThis: "Less like this",
  explainThis: "Why this match?",
  more: (title) => `More like ${title}`,
  less: (title) => `Less like ${title}`,
  why: (title) => `Why ${title} matched`,
  alsoAs: (count) => `Also in ${plural(count, "listing", "listings")} much like it`,
  noPicture: "No picture",

  // How sure it is, by the probability that it is the very product: the one in a photo, or the
  // one that asks.
  confidence: [
    { from: 0.85, level: 4, label: "Very likely this product", ofProduct: "Very likely the same" },
    { from: 0.6, level: 3, label: "Probably this product", ofProduct: "Probably the same" },
    { from: 0.3, level: 2, label: "Could be this product", ofProduct: "Could be the same" },
    { from: 0, level: 1, label: "Similar at best", ofProduct: "Similar at best" },
  ],
  confidenceExact: (probability) => `${certainty(probability)} sure that it is the very product`,

  availability: {
    in_stock: "In stock",
    out_of_stock: "Out of stock",
    preorder: "Pre-order",
    backorder: "On backorder",
  },

  // Filters
  filters: "Filters",
  chosen: "chosen",
  filtersClose: "Show the results",
  close: "Close",
  clearAll: "Clear all",
  removeFilter: (label) => `Remove the filter ${label}`,
  showAllValues: (count) => `Show all ${number.format(count)}`,
  showFewerValues: "Show fewer",
  facet: { category: "Category", brand: "Brand", price: "Price", availability: "Availability" },
  priceBelow: (high) => `Below ${high}`,
  priceFrom: (low) => `${low} and more`,
  priceBetween: (low, high) => `${low} to ${high}`,

  // A product
  productPictures: "Pictures",
  pictureOf: (at, count) => `Picture ${at} of ${count}`,
  toShop: "See it in the shop",
  searchWithPicture: "Search with this picture",
  details: "Details",
  similar: "Looks similar",
  goesWith: "Goes with it",
  // What it rests on, said of all of it or of one: never more than it is.
  goesWithAll: {
    together: "By what was bought together here",
    learned: "By what others put together here",
    style: "Chosen by style alone, not by what people bought",
  },
  goesWithBasis: {
    together: "Bought together",
    learned: "Fits what others combine",
    style: "Same style",
  },
  becauseViewed: "Because you viewed",
  youViewed: "What you viewed",
  becauseOf: {
    looks: (title) => `Like ${title}`,
    kind: (title) => `Same kind as ${title}`,
    together: (title) => `Others viewed it with ${title}`,
    learned: (title) => `Goes with ${title}`,
    style: (title) => `In the style of ${title}`,
  },
  keepViewed: "Remember what I view, in this tab only",
  sku: "SKU",
  gtin: "GTIN",

  // Why a hit matched
  explainTitle: "Why this match?",
  explainHint:
    "Left what was asked, right what was found. What glows made them alike; equal numbers mark places that look alike.",
  explainAlt: (title) => `The photo and ${title} side by side, with the parts that match glowing`,
  explaining: "Comparing the two pictures",

  // The page itself
  toDark: "Dark colours",
  toLight: "Light colours",
  again: "Try again",
  keyTitle: "This catalogue asks for a key",
  keyHint: "Enter an API key. It is kept in this tab only, until you close it.",
  keyWrong: "The service doesn't take this key.",
  keyLabel: "API key",
  keyUse: "Go on",
  enterKey: "Enter a key",
  retryIn: (seconds) => `Trying again in ${number.format(seconds)} s`,
  requestId: (id) => `Request ${id}`,
  problem: {
    offline: ["You seem to be offline", "The search goes on as soon as you are back."],
    timeout: ["That took too long", "The service didn't answer in time."],
    key: ["This catalogue asks for a key", "Enter an API key to search it."],
    scope: ["This key can't do that", "Ask whoever runs the catalogue for a key that may."],
    "too-large": ["That photo is too large", "Choose a smaller one, or a part of it."],
    "not-a-picture": ["That doesn't look like a picture", "Choose a JPEG, PNG, WebP or HEIC file."],
    "not-found": ["That isn't there any more", "The catalogue has changed; start again."],
    busy: ["Many people are searching right now", "Your search waits its turn."],
    refused: ["That can't be searched for", ""],
    fault: ["Something went wrong over there", "The service couldn't answer."],
  },
});
