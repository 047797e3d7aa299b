using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Models;
using Scheduler.Router.Table;

namespace Scheduler.Router;

/// <summary>
/// Looks for a new certificate in turns. Programs that renew certificates replace files in many ways, such as links to other folders; their
/// content is the one thing to go by.
/// </summary>
internal sealed class CertificateRefresh(
    RouterOptions options,
    FrontCertificate certificate,
    RouterClock clock,
    ILogger<CertificateRefresh> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.TlsListen.Length == 0)
            return;
        var lastFailure = "";
        using var timer = new PeriodicTimer(options.TlsRefreshInterval, clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (certificate.Refresh() is { } next)
                {
                    lastFailure = "";
                    logger.CertificateReplaced(next.Subject, next.NotAfter.ToUniversalTime());
                }
            }
            catch (DomainException invalid)
            {
                // A file that is missing stays missing; one line is enough.
                if (invalid.Message != lastFailure)
                    logger.CertificateKept(invalid.Message);
                lastFailure = invalid.Message;
            }
        }
    }
}
