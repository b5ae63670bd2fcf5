import type { Random } from './random.ts';

/** What people and agents say, by language: enough to look like a call and to show broken text handling. */
export interface Phrases {
  readonly code: string;
  readonly greeting: readonly string[];
  readonly user: readonly string[];
  readonly agent: readonly string[];
  /** Said by the agent before a tool runs. */
  readonly filler: readonly string[];
  /** Said by the agent into a silence. */
  readonly stillThere: readonly string[];
  /** Hummed by the user while the agent speaks. */
  readonly backchannel: readonly string[];
  /** Said by an agent that has not understood. */
  readonly pardon: readonly string[];
  readonly userGoodbye: readonly string[];
  readonly agentGoodbye: readonly string[];
}

const ENGLISH: Phrases = {
  code: 'en',
  greeting: [
    'Hello, this is the service desk. How can I help you today?',
    'Hi there! What can I do for you?',
  ],
  user: [
    'I would like to know where my order is.',
    'Can you move my appointment to Friday?',
    'Yes.',
    'My name is Ada, and the number on the letter is four, seven, one, one.',
    'It doesn\'t work, it says "error 12" and then nothing.',
    'How much does the larger one cost?',
    'Could you say that again?',
    'No, the other address, the one in Leeds.',
  ],
  agent: [
    'Of course. Your order left the warehouse this morning and arrives tomorrow before noon.',
    'I have found a free slot on Friday at ten. Shall I book it for you?',
    'Thank you. I have noted that down and sent you a confirmation by mail.',
    "I'm sorry about that. Please unplug the device, wait for ten seconds and plug it in again.",
    'The larger one is 49 pounds, and the delivery is free.',
    'Certainly. Is there anything else that you would like to know?',
  ],
  filler: ['One moment, let me look that up.', 'Let me check that for you.'],
  stillThere: ['Are you still there?', 'Hello? Can you hear me?'],
  backchannel: ['Mm-hm.', 'Yeah.', 'Okay.'],
  pardon: ['Pardon?', "I'm sorry, I did not catch that."],
  userGoodbye: ['Thanks, bye.', "That's all, thank you."],
  agentGoodbye: ['You are welcome. Have a nice day!', 'Goodbye!'],
};

const GERMAN: Phrases = {
  code: 'de',
  greeting: ['Guten Tag, hier ist der Kundendienst. Was kann ich für Sie tun?'],
  user: ['Ich möchte meinen Termin verschieben.', 'Die Straße heißt „Große Bäckergasse“.', 'Ja, genau.'],
  agent: [
    'Gern. Am Donnerstag um elf wäre noch etwas frei. Passt Ihnen das?',
    'Ich habe das für Sie geändert.',
  ],
  filler: ['Einen Moment, ich sehe nach.'],
  stillThere: ['Sind Sie noch da?'],
  backchannel: ['Hm-hm.', 'Ja, ja.'],
  pardon: ['Wie bitte?'],
  userGoodbye: ['Danke, tschüss.'],
  agentGoodbye: ['Auf Wiederhören!'],
};

const SPANISH: Phrases = {
  code: 'es',
  greeting: ['Hola, ¿en qué puedo ayudarle?'],
  user: ['Quisiera cambiar la fecha de mi reserva.', '¿Cuánto cuesta el envío a Logroño?', 'Sí, por favor.'],
  agent: ['Claro. El envío cuesta 4,95 € y llega en dos días.', 'He cambiado su reserva al 3 de mayo.'],
  filler: ['Un momento, por favor.'],
  stillThere: ['¿Sigue ahí?'],
  backchannel: ['Ajá.'],
  pardon: ['¿Cómo dice?'],
  userGoodbye: ['Gracias, adiós.'],
  agentGoodbye: ['¡Que tenga un buen día!'],
};

const ARABIC: Phrases = {
  code: 'ar',
  greeting: ['مرحباً، كيف يمكنني مساعدتك اليوم؟'],
  user: ['أريد تغيير موعدي إلى يوم الخميس.', 'رقم الطلب هو 4711.', 'نعم.'],
  agent: ['بالتأكيد، تم تغيير الموعد إلى الساعة 10:30 صباحاً.', 'شكراً لك، سأرسل لك رسالة تأكيد.'],
  filler: ['لحظة من فضلك.'],
  stillThere: ['هل ما زلت معي؟'],
  backchannel: ['نعم نعم.'],
  pardon: ['عفواً، لم أفهم.'],
  userGoodbye: ['شكراً، مع السلامة.'],
  agentGoodbye: ['مع السلامة!'],
};

const HEBREW: Phrases = {
  code: 'he',
  greeting: ['שלום, איך אפשר לעזור?'],
  user: ['אני רוצה לדעת איפה המשלוח שלי.', 'מספר ההזמנה הוא 4711.', 'כן.'],
  agent: ['ההזמנה יצאה הבוקר ותגיע מחר לפני 12:00.', 'בבקשה, שלחתי לך אישור בדוא״ל.'],
  filler: ['רק רגע, אני בודק.'],
  stillThere: ['את עדיין שם?'],
  backchannel: ['אהה.'],
  pardon: ['סליחה, לא הבנתי.'],
  userGoodbye: ['תודה, להתראות.'],
  agentGoodbye: ['להתראות!'],
};

const JAPANESE: Phrases = {
  code: 'ja',
  greeting: ['お電話ありがとうございます。どのようなご用件でしょうか。'],
  user: ['予約を金曜日に変更したいのですが。', '注文番号は4711です。', 'はい。'],
  agent: ['かしこまりました。金曜日の午前十時でお取りしました。', '確認のメールをお送りいたしました。'],
  filler: ['少々お待ちください。'],
  stillThere: ['もしもし、聞こえますか。'],
  backchannel: ['ええ。'],
  pardon: ['もう一度お願いします。'],
  userGoodbye: ['ありがとうございました。'],
  agentGoodbye: ['失礼いたします。'],
};

/** Typed rather than spoken: surrogate pairs, joined emoji, a combining accent and a lone control character. */
const PORTUGUESE: Phrases = {
  code: 'pt',
  greeting: ['Olá! 👋 Como posso ajudar?'],
  user: ['Tudo bem 😊👍🏽', 'Somos quatro 👨‍👩‍👧‍👦, pode ser?', 'cafe\u0301\tou chá?', 'Sim 🇵🇹'],
  agent: ['Perfeito! ✨ Mesa para quatro às 20h30 🕣.', 'Reserva feita ✅. Até já! 🥳'],
  filler: ['Um segundo ⏳'],
  stillThere: ['Está aí? 🤔'],
  backchannel: ['Aham 👌'],
  pardon: ['Como? 🤔'],
  userGoodbye: ['Obrigado 🙏'],
  agentGoodbye: ['Até logo! 👋'],
};

const LANGUAGES: readonly Phrases[] = [ENGLISH, GERMAN, SPANISH, ARABIC, HEBREW, JAPANESE, PORTUGUESE];

/** The phrases of a language. Throws for a code that has none. */
export function phrasesOf(code: string): Phrases {
  const found = LANGUAGES.find((phrases) => phrases.code === code);
  if (found === undefined) throw new RangeError(`The sandbox does not speak ${code}`);
  return found;
}

/** The codes of the languages that are written from right to left, without spaces or with emoji, in that order. */
export const UNUSUAL_LANGUAGES: readonly string[] = ['ar', 'he', 'ja', 'pt'];

/** Mostly English, sometimes one of the other Latin-script languages. */
export function drawLanguage(random: Random): string {
  return random.chance(0.8) ? 'en' : random.pick(['de', 'es']);
}

/** How long it takes to say a text, in seconds. */
export function speakingSeconds(text: string, random: Random): number {
  // A syllable of Japanese is one character, one of English about four.
  const pace = /[\u3040-\u30ff\u4e00-\u9fff]/.test(text) ? 0.15 : 0.058;
  return (0.35 + [...text].length * pace) * random.between(0.85, 1.2);
}
