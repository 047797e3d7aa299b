using System.Text.Json.Serialization;

namespace Scheduler.Client.Contexts;

/// <summary>How to reach one cluster. Certificates and keys stay in their files.</summary>
/// <param name="Bbs">URLs of the BBSs.</param>
/// <param name="CertificateFile">Absolute paths, or null without TLS.</param>
internal sealed record ClusterContext(string[] Bbs, string? CertificateFile = null, string? KeyFile = null, string? AuthorityFile = null);

/// <summary>The content of the file.</summary>
/// <param name="Current">The one that commands use unless they say otherwise; null: none.</param>
internal sealed record StoredContexts(string? Current, Dictionary<string, ClusterContext> Contexts);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredContexts))]
internal sealed partial class ContextJson : JsonSerializerContext;
