using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Identity;

/// <summary>
/// Gives each container a certificate and its key as two files, and renews them while it runs. The container sees a read-only directory in
/// which the files are replaced by renaming.
/// </summary>
/// <param name="directory">Directory with one directory per container. Only root can enter it, so that every user of a container, and no
/// other user of the machine, can read the files.</param>
internal sealed class InstanceIdentity(InstanceAuthority authority, string directory, TimeSpan validity, TimeProvider time, ILogger logger)
    : IDisposable
{
    private const string InContainer = "/etc/cf-instance-credentials";
    private const string CertificateName = "instance.crt";
    private const string KeyName = "instance.key";

    /// <summary>Pause before a failed renewal is repeated; the shortest reserve before the end of a certificate is longer.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    /// <summary>Timers have a limit of some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private const UnixFileMode OnlyRoot = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable =
        OnlyRoot | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Where a process of a container finds the files.</summary>
    public static IReadOnlyList<EnvironmentVariable> Environment { get; } =
    [new("CF_INSTANCE_CERT", $"{InContainer}/{CertificateName}"), new("CF_INSTANCE_KEY", $"{InContainer}/{KeyName}")];

    /// <summary>The directory for a container's files; the files follow once its address is known.</summary>
    public BindMount Prepare(string guid)
    {
        Directory.CreateDirectory(directory, OnlyRoot);
        File.SetUnixFileMode(directory, OnlyRoot);
        Directory.CreateDirectory(HomeOf(guid), Passable);
        File.SetUnixFileMode(HomeOf(guid), Passable);
        return new BindMount(HomeOf(guid), InContainer);
    }

    /// <summary>Succeeds for an unknown container.</summary>
    public void Remove(string guid)
    {
        if (Directory.Exists(HomeOf(guid)))
            Directory.Delete(HomeOf(guid), recursive: true);
        foreach (var name in (string[])[CertificateName, KeyName])
            File.Delete(DraftOf(guid, name));
    }

    /// <summary>Removes the files of containers that ended while no rep was watching, or whose journal is lost.</summary>
    /// <param name="guids">The cell's containers.</param>
    public void Sweep(IReadOnlyCollection<string> guids)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var file in Directory.GetFiles(directory))
            File.Delete(file); // a draft of a rep that was killed
        foreach (var home in Directory.GetDirectories(directory))
            if (!guids.Contains(Path.GetFileName(home)))
                Directory.Delete(home, recursive: true);
    }

    /// <summary>
    /// Issues the container's first certificate, or finds the one that an earlier rep issued, and renews it until disposed.
    /// </summary>
    /// <returns>Null if the container was created without credentials.</returns>
    /// <exception cref="CryptographicException">The authority cannot issue it.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public IAsyncDisposable? Keep(InstanceSubject subject)
    {
        if (!Directory.Exists(HomeOf(subject.Guid)))
            return null;
        var now = time.GetUtcNow();
        var current = Find(subject) is { } found && found.RenewAt > now ? found : Issue(subject);
        return new Keeper(stop => RenewAsync(subject, current, stop));
    }

    public void Dispose() => authority.Dispose();

    private async Task RenewAsync(InstanceSubject subject, Validity current, CancellationToken stop)
    {
        var due = current.RenewAt;
        while (!stop.IsCancellationRequested)
        {
            var wait = due - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait < LongestWait ? wait : LongestWait, time, stop);
                continue;
            }

            var now = time.GetUtcNow();
            try
            {
                var next = Issue(subject).RenewAt;
                due = next > now + Retry ? next : now + Retry; // an authority near its own end issues ever shorter certificates
                logger.Renewed(subject.Guid, due);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
            {
                due = now + Retry;
                logger.NotRenewed(subject.Guid, failure);
            }
        }
    }

    private Validity? Find(InstanceSubject subject)
    {
        var home = HomeOf(subject.Guid);
        try
        {
            return authority.Recognize(
                File.ReadAllText(Path.Combine(home, CertificateName)),
                File.ReadAllText(Path.Combine(home, KeyName)),
                subject
            );
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private Validity Issue(InstanceSubject subject)
    {
        var issued = authority.Issue(subject, time.GetUtcNow(), validity);
        // Both are complete before either is replaced, or a full disk could leave two that do not fit.
        Draft(subject.Guid, KeyName, issued.Key);
        Draft(subject.Guid, CertificateName, issued.Certificates);
        // A reader between these two sees a key that does not fit and has to read again, as with Diego.
        foreach (var name in (string[])[KeyName, CertificateName])
            File.Move(DraftOf(subject.Guid, name), Path.Combine(HomeOf(subject.Guid), name), overwrite: true);
        return issued.Validity;
    }

    /// <summary>Never follows a link.</summary>
    private void Draft(string guid, string name, string pem)
    {
        var draft = DraftOf(guid, name);
        File.Delete(draft);
        using (
            var file = new StreamWriter(
                draft,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
            file.Write(pem);
        File.SetUnixFileMode(draft, Readable);
    }

    /// <summary>Outside the directory that the container sees.</summary>
    private string DraftOf(string guid, string name) => Path.Combine(directory, $".{guid}.{name}");

    private string HomeOf(string guid) => Path.Combine(directory, guid);

    private sealed class Keeper : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _renewing;

        public Keeper(Func<CancellationToken, Task> renew) => _renewing = renew(_stop.Token);

        public async ValueTask DisposeAsync()
        {
            _stop.Cancel();
            try
            {
                await _renewing;
            }
            catch (OperationCanceledException)
            {
                // the container has ended
            }

            _stop.Dispose();
        }
    }
}
