using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;

namespace Scheduler.Tests.TestKit;

/// <summary>A certificate authority for one test with any certificates that it needs, in a directory that is removed with it.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-");
    private readonly CertificateAuthority _authority = new(TimeProvider.System, TimeSpan.FromHours(2));
    private readonly Dictionary<(string, PeerRoles), ChannelFactory> _channels = [];

    public TlsOptions Issue(string name, PeerRoles roles) =>
        _authority.Issue(Path.Combine(_folder.FullName, $"{(int)roles}"), name, roles, "127.0.0.1", "localhost");

    /// <summary>Connections with a certificate of the given name and roles; cached per name and roles.</summary>
    public ChannelFactory ChannelsOf(string name, PeerRoles roles)
    {
        lock (_channels)
        {
            if (_channels.TryGetValue((name, roles), out var known))
                return known;
            return _channels[(name, roles)] = new ChannelFactory(TlsIdentity.Load(Issue(name, roles)), new ChannelOptions());
        }
    }

    public void Dispose()
    {
        foreach (var channels in _channels.Values)
            channels.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }
}
