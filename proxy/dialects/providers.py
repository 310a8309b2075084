"""The company behind a host: OpenTelemetry's `gen_ai.provider.name` where it has one."""

from proxy.model.vocabulary import OTHER

SUFFIXES = {
    "openai.com": "openai",
    "anthropic.com": "anthropic",
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "models.ai.azure.com": "azure.ai.inference",
    "models.inference.ai.azure.com": "azure.ai.inference",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "amazonaws.com": "aws.bedrock",
    "api.aws": "aws.bedrock",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "googleapis.com": "gcp.vertex_ai",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "deepseek.com": "deepseek",
    "x.ai": "x_ai",
    "perplexity.ai": "perplexity",
    "cohere.com": "cohere",
    "cohere.ai": "cohere",
    "openrouter.ai": "openrouter",
    "together.ai": "together_ai",
    "together.xyz": "together_ai",
    "fireworks.ai": "fireworks",
    "cerebras.ai": "cerebras",
    "crusoecloud.com": "crusoe",
    "huggingface.co": "huggingface",
    "snowflakecomputing.com": "snowflake",
    "databricks.com": "databricks",
    "azuredatabricks.net": "databricks",
    "cloudflare.com": "cloudflare",
    "voyageai.com": "voyage",
    "writer.com": "writer",
    "z.ai": "z_ai",
    "bigmodel.cn": "z_ai",
    "moonshot.ai": "moonshot",
    "moonshot.cn": "moonshot",
    "vercel.sh": "vercel",
    "portkey.ai": "portkey",
    "gateway.pydantic.dev": "pydantic_gateway",
    "ollama.com": "ollama",
    "watsonx.ai": "ibm.watsonx.ai",
    "cloud.ibm.com": "ibm.watsonx.ai",
}
BY_DIALECT = {
    "anthropic": "anthropic",
    "gemini": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "bedrock": "aws.bedrock",
    "cohere": "cohere",
    "ollama": "ollama",
    "openai": "openai_compatible",
    "writer": "writer",
}
OLLAMA_PORT = "11434"


def provider(upstream: str | None, dialect: str) -> str:
    """By host; on a host of one's own by port and by the dialect spoken there."""
    host, _, port = (
        (upstream or "").rpartition("//")[2].partition("/")[0].partition(":")
    )
    labels = host.lower().split(".")
    for start in range(len(labels) - 1):
        named = SUFFIXES.get(".".join(labels[start:]))
        if named is not None:
            return named
    if port == OLLAMA_PORT:
        return "ollama"
    return BY_DIALECT.get(dialect.partition(".")[0], OTHER)
