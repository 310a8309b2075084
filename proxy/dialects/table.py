"""The tables: one file per wire format and per framing, one line each."""

from collections.abc import Callable

from proxy.dialects.anthropic_complete import AnthropicComplete
from proxy.dialects.anthropic_messages import AnthropicMessages
from proxy.dialects.bedrock_converse import BedrockConverse
from proxy.dialects.bedrock_invoke import BedrockInvoke
from proxy.dialects.cohere import CohereChat, CohereEmbed, CohereGenerate
from proxy.dialects.dialect import Dialect
from proxy.dialects.event_stream import EventStream
from proxy.dialects.framing import Framer, Framing
from proxy.dialects.gemini import GeminiGenerate
from proxy.dialects.gemini_embed import GeminiEmbed, VertexPredict
from proxy.dialects.json_array import JsonArray
from proxy.dialects.ndjson import NdjsonDecoder
from proxy.dialects.ollama import OllamaChat, OllamaEmbed, OllamaGenerate
from proxy.dialects.openai_chat import OpenAIChat
from proxy.dialects.openai_completions import OpenAICompletions
from proxy.dialects.openai_embeddings import OpenAIEmbeddings
from proxy.dialects.openai_responses import OpenAIResponses
from proxy.dialects.sse import SseDecoder
from proxy.dialects.writer_completions import WriterCompletions

DIALECTS: dict[str, Dialect] = {
    "openai.chat": OpenAIChat(),
    "openai.completions": OpenAICompletions(),
    "openai.embeddings": OpenAIEmbeddings(),
    "openai.responses": OpenAIResponses(),
    "anthropic.messages": AnthropicMessages(),
    "anthropic.complete": AnthropicComplete(),
    "gemini.generate_content": GeminiGenerate(),
    "gemini.embed": GeminiEmbed(),
    "vertex.predict_embed": VertexPredict(),
    "bedrock.converse": BedrockConverse(),
    "bedrock.converse_stream": BedrockConverse(),
    "bedrock.invoke": BedrockInvoke(),
    "bedrock.invoke_stream": BedrockInvoke(),
    "ollama.chat": OllamaChat(),
    "ollama.generate": OllamaGenerate(),
    "ollama.embed": OllamaEmbed(),
    "cohere.chat": CohereChat(),
    "cohere.generate": CohereGenerate(),
    "cohere.embed": CohereEmbed(),
    "writer.completions": WriterCompletions(),
}

FRAMERS: dict[Framing, Callable[[], Framer]] = {
    "sse": SseDecoder,
    "ndjson": NdjsonDecoder,
    "json-array": JsonArray,
    "eventstream": EventStream,
}
