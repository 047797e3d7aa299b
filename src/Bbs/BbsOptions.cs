using System.ComponentModel.DataAnnotations;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Validation;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs;

/// <summary>Operator settings of a BBS.</summary>
public sealed class BbsOptions
{
    public LeadershipOptions Leadership { get; set; } = new();

    public LoopOptions Loop { get; set; } = new();

    public EventOptions Events { get; set; } = new();

    public OutboundOptions Outbound { get; set; } = new();

    public RequestLimits Limits { get; set; } = new();

    /// <summary>Rejections after which a task returns to Pending; the next rejection fails it. Diego's value.</summary>
    [Range(0, 1_000)]
    [Setting("Rejections after which a task goes back to Pending; the next one fails it")]
    public int MaxTaskRetries { get; set; } = 3;

    /// <exception cref="DomainException">An option is out of range; the message names it.</exception>
    public void Validate() => OptionRules.Check(this, Leadership, Loop, Events, Outbound, Limits);
}
