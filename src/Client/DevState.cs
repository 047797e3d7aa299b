using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Client;

/// <summary>
/// Connection details that a running <c>scheduler dev</c> writes, so that client commands of the same user need no flags. Stored in
/// <c>$XDG_RUNTIME_DIR/scheduler-dev</c>, or in <c>/tmp/scheduler-dev-UID</c> if the variable is not set.
/// </summary>
/// <param name="Bbs">URLs of the BBS.</param>
/// <param name="CertificateFile">The client's certificate, key and certificate authorities if the node serves TLS.</param>
/// <param name="ProcessId">Process id of the node.</param>
/// <param name="Router">URL of the HTTP router; null if the node has none.</param>
internal sealed record DevState(
    string[] Bbs,
    string? CertificateFile,
    string? KeyFile,
    string? AuthorityFile,
    int ProcessId,
    string? Router = null
)
{
    private const string FileName = "state.json";

    /// <summary>The directory of this user's node, also used for its data, sockets and certificates.</summary>
    public static string DefaultDirectory =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
            ? Path.Combine(runtime, "scheduler-dev")
            : $"/tmp/scheduler-dev-{EffectiveUserId().ToString(CultureInfo.InvariantCulture)}";

    /// <returns>null when there is no readable file of a node.</returns>
    public static DevState? TryRead(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, FileName)), DevStateJson.Default.DevState);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            // No node, or one of another version: use the built-in default.
            return null;
        }
    }

    /// <summary>The flags that a client command needs when it does not find this node automatically.</summary>
    [JsonIgnore]
    public string Flags =>
        $"--bbs {string.Join(',', Bbs)}"
        + (CertificateFile is null ? "" : $" --cert {CertificateFile} --key {KeyFile} --ca {AuthorityFile}");

    /// <summary>Creates the directory, accessible only to its owner, and replaces the file atomically.</summary>
    /// <returns>False, with nothing written, while another node's process is alive: client commands keep finding the first node.</returns>
    public bool TryWrite(string directory)
    {
        if (TryRead(directory) is { } other && other.ProcessId != ProcessId && Directory.Exists($"/proc/{other.ProcessId}"))
            return false;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(directory, FileName);
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, DevStateJson.Default.DevState));
        File.Move(path + ".new", path, overwrite: true);
        return true;
    }

    /// <summary>Deletes the file if it belongs to this node.</summary>
    public void Delete(string directory)
    {
        if (TryRead(directory)?.ProcessId == ProcessId)
            File.Delete(Path.Combine(directory, FileName));
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint EffectiveUserId();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DevState))]
internal sealed partial class DevStateJson : JsonSerializerContext;
