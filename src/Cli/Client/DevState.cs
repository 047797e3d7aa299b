using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Cli.Client;

/// <summary>
/// What <c>scheduler dev</c> leaves behind while it runs, so that client commands of the same user find it without flags.
/// In <c>$XDG_RUNTIME_DIR/scheduler-dev</c>, or <c>/tmp/scheduler-dev-UID</c> where there is none.
/// </summary>
/// <param name="Bbs">URLs of the BBS.</param>
/// <param name="CertificateFile">The client's certificate, key and authorities when the node serves TLS.</param>
/// <param name="ProcessId">The node's process.</param>
internal sealed record DevState(string[] Bbs, string? CertificateFile, string? KeyFile, string? AuthorityFile, int ProcessId)
{
    private const string FileName = "state.json";

    /// <summary>The directory of this user's node; also for its data, sockets and certificates.</summary>
    public static string DefaultDirectory =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
            ? Path.Combine(runtime, "scheduler-dev")
            : $"/tmp/scheduler-dev-{EffectiveUserId().ToString(CultureInfo.InvariantCulture)}";

    /// <returns>null when no node left anything that can be read.</returns>
    public static DevState? TryRead(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, FileName)), DevStateJson.Default.DevState);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            // No node, or one of another version: the built-in default is as good a guess.
            return null;
        }
    }

    /// <summary>What a client command needs to call this node when it does not find it by itself.</summary>
    [JsonIgnore]
    public string Flags => $"--bbs {string.Join(',', Bbs)}" + (CertificateFile is null ? "" : $" --cert {CertificateFile} --key {KeyFile} --ca {AuthorityFile}");

    /// <summary>Makes the directory, for its owner alone, and replaces the file in one step.</summary>
    /// <returns>False, with nothing written, while another node's process lives: the first one stays the one that is found.</returns>
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

    /// <summary>Takes the file away, if it is this node's.</summary>
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
